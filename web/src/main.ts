import '@fontsource-variable/inter'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from './App.vue'
import { router } from './router'
import { useConnection } from './stores/connection'
import { useSession } from './stores/session'

const app = createApp(App)
app.use(createPinia())
// Known before the first page is shown, so that a signed-in user never sees the sign-in screen flash by.
void useSession()
  .restore()
  .then(() => {
    useConnection()
    app.use(router)
    app.mount('#app')
  })

// After an update of the server the parts that this page loads later may be gone: begin anew, but not for ever.
const RELOADED = 'hallway.reloaded'
window.addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0)
  if (Date.now() - last < 60_000) return
  event.preventDefault()
  sessionStorage.setItem(RELOADED, String(Date.now()))
  window.location.reload()
})
