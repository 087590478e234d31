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
