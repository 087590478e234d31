import { defineConfigWithVueTs, vueTsConfigs } from '@vue/eslint-config-typescript'
import prettier from 'eslint-config-prettier'
import pluginVue from 'eslint-plugin-vue'

const ban = (object: string, where: string) => ({
  name: object,
  message: `${object} belongs in ${where}, so that tokens, errors and reconnecting are handled in one place.`,
})

export default defineConfigWithVueTs(
  { ignores: ['dist/**', 'e2e/output/**', 'src/**/*.gen.ts'] },
  pluginVue.configs['flat/recommended'],
  vueTsConfigs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'max-lines': ['error', { max: 400 }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'vue/no-v-html': 'error',
      'vue/multi-word-component-names': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    ignores: ['src/api/**', 'src/realtime/**', 'src/**/__tests__/**'],
    rules: {
      'no-restricted-globals': ['error', ban('fetch', 'src/api'), ban('WebSocket', 'src/realtime')],
    },
  },
  { files: ['scripts/**', 'e2e/**'], rules: { 'no-console': 'off' } },
  prettier,
)
