import { createHash } from 'node:crypto';

/** What Redis or Valkey runs in one step. All its keys are in one slot of a cluster. */
export interface Script {
  readonly text: string;
  /** What the server knows it by, once it has seen the text. */
  readonly sha1: string;
}

/** The server's own time, in whole milliseconds: no replica's clock counts. */
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

const script = (text: string): Script => ({ text, sha1: createHash('sha1').update(text).digest('hex') });

/**
 * Does once all that the others do. Fails on a server that refuses any of it, where they would fail each for itself. `KEYS` is a key that nobody else
 * uses.
 */
export const probe = script(`${now}
local key = KEYS[1]
if not string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') then return redis.error_reply('ERR no run_id') end
redis.call('DEL', key)
redis.call('HSET', key, 'field', now)
redis.call('HGET', key, 'field')
redis.call('HGETALL', key)
redis.call('HDEL', key, 'field')
redis.call('ZADD', key, now, 'member')
redis.call('ZRANGE', key, 0, -1)
redis.call('ZREM', key, 'member')
redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
redis.call('SET', key, '', 'PX', 1000)
redis.call('PEXPIRE', key, 1000)
return {redis.call('GET', key), redis.call('TYPE', key), redis.call('PTTL', key)}`);

/**
 * `KEYS` are as many values, then their locks. Answers with the time, the values, and which are being brought: a lock without an end is
 * none of ours.
 */
export const look = script(`${now}
local half = #KEYS / 2
local values, underWay = {}, {}
for i = 1, half do
  local value = redis.pcall('GET', KEYS[i])
  values[i] = type(value) == 'string' and value or false
  underWay[i] = redis.call('PTTL', KEYS[half + i]) > 0 and 1 or 0
end
return {now, values, underWay}`);

/**
 * Takes the lock of a value and counts a call for it. `KEYS` are the value, its lock, its calls, its pause and the company; `ARGV` are who
 * takes it, for how long, how many calls there may be, how many where those before are forgotten, the window, and for how long each counts.
 * Answers `go` with the time and the value, `elsewhere`, or `full` with how long that lasts.
 */
export const take = script(`${now}
local owner, lockMs, most, mostYoung = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local windowMs, countsMs = tonumber(ARGV[5]), tonumber(ARGV[6])
if redis.call('PTTL', KEYS[2]) == -1 then redis.call('DEL', KEYS[2]) end
if not redis.call('SET', KEYS[2], owner, 'NX', 'PX', lockMs) then return {'elsewhere', now} end
local function full(forMs)
  redis.call('DEL', KEYS[2])
  return {'full', math.max(1, forMs)}
end
local pausedMs = redis.call('PTTL', KEYS[4])
if pausedMs > 0 then return full(pausedMs) end
if redis.call('TYPE', KEYS[3]).ok ~= 'zset' then redis.call('DEL', KEYS[3]) end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - countsMs)
local since = tonumber(redis.call('HGET', KEYS[5], 'since')) or now
local allowed = now - since < windowMs and mostYoung or most
local calls = redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
local count = #calls / 2
if count >= allowed then
  local until_ = allowed == 0 and since + windowMs or calls[2 * (count - allowed + 1)] + countsMs
  return full(until_ - now)
end
redis.call('ZADD', KEYS[3], now, owner)
redis.call('PEXPIRE', KEYS[3], countsMs)
local value = redis.pcall('GET', KEYS[1])
return {'go', now, type(value) == 'string' and value or false}`);

/** Keeps a lock for so long from now. `KEYS` is the lock, `ARGV` who holds it. */
export const keep = script(`
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

/**
 * Gives a lock back. `KEYS` are as for `take`; `ARGV` are who holds it, a value that may be empty and for how long that is kept, for how
 * long nobody shall ask again, and whether the call was not made. What is brought by one whose lock has ended is kept only
 * where there is nothing, and nobody else brings it.
 */
export const settle = script(`
local owner, value, keptMs, pauseMs, unsent = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
if unsent then redis.pcall('ZREM', KEYS[3], owner) end
if pauseMs > 0 then redis.call('SET', KEYS[4], '1', 'PX', pauseMs) end
local holder = redis.pcall('GET', KEYS[2])
if holder == owner then
  if value ~= '' then redis.call('SET', KEYS[1], value, 'PX', keptMs) end
  return redis.call('DEL', KEYS[2])
end
if value ~= '' and not holder then redis.call('SET', KEYS[1], value, 'PX', keptMs, 'NX') end
return 0`);

/**
 * Takes slots of the company. A slot is `FREE_AT OWNER UNDER_WAY`; one under way ends by itself when its lease does. Nothing is granted in a
 * pause, and for one lease after the state was new: then calls may be under way that nobody remembers. It is new, too, in another run of the
 * server, which may have lost the last writes, and after the server's clock was set back. Nobody takes all at once while others wait.
 *
 * `KEYS` is the company; `ARGV` are the replica, what it will call itself as owner, how many slots it wants, how many it must leave free, how many wait there,
 * the number of slots, the window and the lease. Answers with for how long nothing is granted, how many wait elsewhere, the slots granted, and of each that is
 * taken in how long it can be free at the earliest, and whether that is because it is under way.
 */
export const acquire = script(`${now}
local replica, owner, want, spared, waiting = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local count, windowMs, leaseMs = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local wentBack = now < (tonumber(redis.call('HGET', KEYS[1], 'now')) or 0)
if wentBack then redis.call('DEL', KEYS[1]) end
local state = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do state[flat[i]] = flat[i + 1] end
local since = state.run == run and tonumber(state.since) or now
local openAt = math.max(since + leaseMs, tonumber(state.paused) or 0)
local others = 0
for field, value in pairs(state) do
  local id = string.match(field, '^waiting:(.+)$')
  local number, untilMs = string.match(value, '^(%d+) (%d+)$')
  if id and (not number or tonumber(untilMs) < now) then redis.call('HDEL', KEYS[1], field)
  elseif id and id ~= replica then others = others + number end
end
redis.call('HSET', KEYS[1], 'now', now, 'run', run, 'since', since, 'waiting:' .. replica, waiting .. ' ' .. (now + 5 * windowMs))
redis.call('PEXPIRE', KEYS[1], 30 * 24 * 60 * 60 * 1000)
local function set(slot, value) redis.call('HSET', KEYS[1], 'slot:' .. slot, value) end
local free, taken, flags = {}, {}, {}
for slot = 1, count do
  local freeAt, underWay = string.match(state['slot:' .. slot] or '0 - 0', '^(%d+) %S+ ([01])$')
  if not freeAt then
    freeAt, underWay = now + leaseMs, '0'
    set(slot, freeAt .. ' - 0')
  end
  local leftMs = freeAt - now
  if leftMs <= 0 then free[#free + 1] = slot
  else
    taken[#taken + 1] = underWay == '1' and math.min(windowMs, leftMs) or leftMs
    flags[#taken] = tonumber(underWay)
  end
end
local granted = {}
if now >= openAt then
  local share = math.ceil(count * waiting / math.max(1, waiting + others))
  if others > 0 then share = math.max(1, math.min(share, count - 1)) end
  for n = 1, math.min(want, share, #free - spared) do
    granted[n] = free[n]
    taken[#taken + 1] = windowMs
    flags[#taken] = 1
    set(free[n], now + leaseMs .. ' ' .. owner .. ' 1')
  end
end
return {math.max(0, openAt - now), others, granted, taken, flags}`);

/**
 * Says of a slot for how long it is held from now on, 0 for no longer. `KEYS` is the company; `ARGV` are the slot, its owner and that. What has been
 * forgotten is held again; what another has meanwhile is not touched.
 */
export const release = script(`${now}
local field, owner, forMs = 'slot:' .. ARGV[1], ARGV[2], tonumber(ARGV[3])
local freeAt, holder = string.match(redis.pcall('HGET', KEYS[1], field) or '0 - 0', '^(%d+) (%S+) [01]$')
if holder ~= owner and (not freeAt or tonumber(freeAt) > now) then return 0 end
redis.call('HSET', KEYS[1], field, now + forMs .. ' ' .. owner .. ' 0')
return 1`);

/** Frees every slot that an owner was granted and knows nothing of. `KEYS` is the company, `ARGV` are owners. */
export const disown = script(`
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  for _, owner in ipairs(ARGV) do
    if string.match(flat[i], '^slot:') and string.match(flat[i + 1], '^%d+ (%S+) 1$') == owner then redis.call('HDEL', KEYS[1], flat[i]) end
  end
end
return 1`);

/** Grants nothing for so long from now on. `KEYS` is the company, `ARGV` that. */
export const pause = script(`${now}
local untilMs = math.max(tonumber(redis.call('HGET', KEYS[1], 'paused')) or 0, now + ARGV[1])
redis.call('HSET', KEYS[1], 'paused', untilMs)
return 1`);

/** A replica waits for nothing any more. `KEYS` is the company, `ARGV` the replica. */
export const leave = script(`return redis.call('HDEL', KEYS[1], 'waiting:' .. ARGV[1])`);
