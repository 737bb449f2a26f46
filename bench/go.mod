module github.com/seed-e6a88a41/latchkey/bench

go 1.26.0

replace github.com/seed-e6a88a41/latchkey => ..

require github.com/seed-e6a88a41/latchkey v0.0.0
