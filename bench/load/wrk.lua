-- Sends the first line of a file as the body, with the other lines, if any, in turn in place of its "@"; then tells what came of it as one
-- line of JSON.
local values = {}
local at = 0

function init(args)
  wrk.method = "POST"
  for index = 2, #args, 2 do
    wrk.headers[args[index]] = args[index + 1]
  end
  local template
  for line in io.lines(args[1]) do
    if template then values[#values + 1] = line else template = line end
  end
  if #values == 0 then
    local only = wrk.format(nil, nil, nil, template)
    request = function() return only end
  else
    local before, after = template:match("^(.-)@(.*)$")
    request = function()
      at = at % #values + 1
      return wrk.format(nil, nil, nil, before .. values[at] .. after)
    end
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"failures":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
