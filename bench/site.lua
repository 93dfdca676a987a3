-- wrk prints percentiles 50, 75, 90 and 99; the goal of the design is the 95th.
done = function(summary, latency, requests)
  io.write(string.format("p95 %.3f\n", latency:percentile(95) / 1000))
  local e = summary.errors
  io.write(string.format("wrong %d\n", e.connect + e.read + e.write + e.status + e.timeout))
end
