import { defineConfig } from 'vitest/config'

// Drives real browsers against the real binary: `cargo build -p hallway-app` first, or set HALLWAY_BIN and CHROMIUM.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['e2e/**/*.e2e.ts'],
    globalSetup: ['e2e/build.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    bail: 0,
  },
})
