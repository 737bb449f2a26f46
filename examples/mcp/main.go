// Command mcp is an MCP server that needs an access token. It shows notes to
// clients with the scope notes:read, and lets clients with the scope notes:write add them.
// A client requests notes:write only when it calls that tool.
//
//	ISSUER=http://localhost:8000/o go run .
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/seed-e6a88a41/latchkey/resource"
)

func main() {
	addr := cmp.Or(os.Getenv("ADDR"), "localhost:8003")
	uri := "http://" + addr + "/mcp"
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: newHandler(os.Getenv("ISSUER"), uri), ReadHeaderTimeout: 5 * time.Second}
	fmt.Println("MCP server:", uri)
	log.Fatal(server.Serve(listener))
}

// newHandler returns the MCP server with the given URI and its metadata.
func newHandler(issuer, uri string) http.Handler {
	guard := resource.Guard{
		Verifier: &resource.JWT{Issuer: issuer, Audience: uri, KeysURL: issuer + "/.well-known/jwks.json"},
		Metadata: &resource.Metadata{Resource: uri, AuthorizationServers: []string{issuer}, ScopesSupported: []string{"notes:read"}, Name: "Notes"},
	}
	server := newServer()
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	mux := http.NewServeMux()
	mux.Handle(guard.Metadata.Path(), guard.Metadata)
	mux.Handle("/mcp", guard.RequireScopes(scopes)(withTokenInfo(handler)))
	return mux
}

// scopes returns the scope that the tool of a request needs.
func scopes(r *http.Request) []string {
	const longest = 1 << 20
	body, err := io.ReadAll(io.LimitReader(r.Body, longest))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	var call struct {
		Method string
		Params struct{ Name string }
	}
	if err == nil && json.Unmarshal(body, &call) == nil && call.Method == "tools/call" && call.Params.Name == "show_notes" {
		return []string{"notes:read"}
	}
	if call.Method == "tools/call" || len(body) == longest { // every other tool, and a body that is too long to be read
		return []string{"notes:read", "notes:write"}
	}
	return []string{"notes:read"}
}

// withTokenInfo passes the token that the guard has verified on to the SDK, which
// binds its session to the person.
func withTokenInfo(next http.Handler) http.Handler {
	verify := func(ctx context.Context, _ string, _ *http.Request) (*auth.TokenInfo, error) {
		token, _ := resource.FromContext(ctx)
		return &auth.TokenInfo{UserID: token.Subject, Scopes: strings.Fields(token.Scope), Expiration: time.Unix(token.ExpiresAt, 0)}, nil
	}
	return auth.RequireBearerToken(verify, nil)(next)
}

// newServer returns an MCP server with two tools. Each person has their own notes.
func newServer() *mcp.Server {
	var mu sync.Mutex
	notes := make(map[string][]string) // by person
	person := func(r *mcp.CallToolRequest) string { return r.Extra.TokenInfo.UserID }
	show := func(r *mcp.CallToolRequest) *mcp.CallToolResult {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: strings.Join(notes[person(r)], "\n")}}}
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "notes", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "show_notes", Description: "Shows the notes of the person"},
		func(_ context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
			mu.Lock()
			defer mu.Unlock()
			return show(r), nil, nil
		})
	type note struct {
		Text string `json:"text"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "add_note", Description: "Adds a note"},
		func(_ context.Context, r *mcp.CallToolRequest, n note) (*mcp.CallToolResult, any, error) {
			mu.Lock()
			defer mu.Unlock()
			notes[person(r)] = append(notes[person(r)], n.Text)
			return show(r), nil, nil
		})
	return server
}
