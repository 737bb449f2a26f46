module github.com/seed-e6a88a41/latchkey/adapters/connectguard

go 1.26.0

require (
	connectrpc.com/connect v1.21.1
	github.com/seed-e6a88a41/latchkey v0.0.0
	google.golang.org/protobuf v1.36.12
)

require github.com/go-jose/go-jose/v4 v4.1.9 // indirect

replace github.com/seed-e6a88a41/latchkey => ../..
