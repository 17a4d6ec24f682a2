-- Five bodies, floating point in table fields.
local bodies = {}
for i = 1, 5 do bodies[i] = {x = i, y = i * 0.5, z = i * 0.25, vx = 0.01 * i, vy = 0.02, vz = -0.01 * i, mass = 1 / i} end
for _ = 1, 60000 do
    for i = 1, 5 do
        local a = bodies[i]
        for j = i + 1, 5 do
            local b = bodies[j]
            local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
            local d = dx * dx + dy * dy + dz * dz + 0.01
            local m = 0.001 / (d * d ^ 0.5)
            a.vx, a.vy, a.vz = a.vx - dx * b.mass * m, a.vy - dy * b.mass * m, a.vz - dz * b.mass * m
            b.vx, b.vy, b.vz = b.vx + dx * a.mass * m, b.vy + dy * a.mass * m, b.vz + dz * a.mass * m
        end
    end
    for i = 1, 5 do
        local a = bodies[i]
        a.x, a.y, a.z = a.x + 0.001 * a.vx, a.y + 0.001 * a.vy, a.z + 0.001 * a.vz
    end
end
return math.floor(bodies[1].x * 1e6)
