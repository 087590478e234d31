// A Socket.IO server as one writes it: a pool of ten connections to PostgreSQL, each message stored, then emitted.
//   DATABASE_URL=postgres://... [REDIS_URL=redis://...] [PORT=3100] npm start
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-adapter'
import pg from 'pg'
import { createClient } from 'redis'
import { Server } from 'socket.io'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
await pool.query(`CREATE TABLE IF NOT EXISTS bench_members (
  room TEXT NOT NULL, username TEXT NOT NULL, PRIMARY KEY (room, username))`)
await pool.query(`CREATE TABLE IF NOT EXISTS bench_messages (
  id BIGSERIAL PRIMARY KEY, room TEXT NOT NULL, username TEXT NOT NULL, message TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp())`)
await pool.query('CREATE INDEX IF NOT EXISTS bench_messages_room ON bench_messages (room, id)')

const http = createServer((_, response) => response.end('{"status":"ok"}'))
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false })
if (process.env.REDIS_URL) {
  const publisher = createClient({ url: process.env.REDIS_URL })
  const subscriber = publisher.duplicate()
  await Promise.all([publisher.connect(), subscriber.connect()])
  io.adapter(createAdapter(publisher, subscriber))
}
const present = new Map() // room -> username -> sockets

io.on('connection', (socket) => {
  const username = socket.handshake.auth.username
  socket.on('join', async (room, done) => {
    await pool.query('INSERT INTO bench_members VALUES ($1, $2) ON CONFLICT DO NOTHING', [room, username])
    socket.join(room)
    const users = present.get(room) ?? present.set(room, new Map()).get(room)
    users.set(username, (users.get(username) ?? 0) + 1)
    if (users.get(username) === 1) socket.to(room).emit('presence_diff', { room, join: [username], leave: [] })
    const found = await pool.query('SELECT * FROM bench_messages WHERE room = $1 ORDER BY id DESC LIMIT 50', [room])
    done({ users: [...users.keys()], history: found.rows.reverse() })
  })
  socket.on('chat', async ({ room, message }, done) => {
    if (!socket.rooms.has(room)) return
    const sql = 'INSERT INTO bench_messages (room, username, message) VALUES ($1, $2, $3) RETURNING id, created_at'
    const { id, created_at: ts } = (await pool.query(sql, [room, username, message])).rows[0]
    io.to(room).emit('chat', { room, user: username, message, message_id: Number(id), ts })
    done?.({ message_id: Number(id) })
  })
  socket.on('history_more', async ({ room, before_id: before }, done) => {
    const sql = 'SELECT * FROM bench_messages WHERE room = $1 AND id < $2 ORDER BY id DESC LIMIT 50'
    const { rows } = await pool.query(sql, [room, before])
    done({ messages: rows.reverse(), more: rows.length === 50 })
  })
  socket.on('disconnecting', () => {
    for (const room of socket.rooms) {
      const users = present.get(room)
      if (!users?.has(username)) continue
      users.set(username, users.get(username) - 1)
      if (users.get(username) > 0) continue
      users.delete(username)
      socket.to(room).emit('presence_diff', { room, join: [], leave: [username] })
    }
  })
})
http.listen(Number(process.env.PORT ?? 3100), '127.0.0.1', () => console.log(`listening on ${http.address().port}`))
