-- Lets wrk send prepared requests one after the other, and say what it found as one line of JSON.
local requests, at, is_verified, threads = {}, 0, false, {}
statuses = {}  -- global, so that `done`, which runs elsewhere, can ask for it

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local size = file:read("*l")
    if not size then break end
    requests[#requests + 1] = file:read(tonumber(size))
  end
  file:close()
  if args[2] == "--statuses" then
    response = function(status, headers, _)
      local name = tostring(status)
      for header in pairs(headers) do
        if header:lower() == "retry-after" then name = name .. " with Retry-After" end
      end
      statuses[name] = (statuses[name] or 0) + 1
    end
  end
end

function request()
  if not is_verified then  -- wrk asks once before it starts, and sends nothing
    is_verified = true
    return requests[1]
  end
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local counted = {}
  for _, thread in ipairs(threads) do
    for name, count in pairs(thread:get("statuses")) do
      counted[#counted + 1] = string.format('"%s": %d', name, count)
    end
  end
  io.write(string.format(
    '{"requests": %d, "errors": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "statuses": {%s}}\n',
    summary.requests, failed, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    table.concat(counted, ", ")))
end
