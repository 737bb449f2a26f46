// Command issuers serves several issuers in one program: one for each tenant, told apart
// by the path or by the host name.
//
//	go run ./examples/issuers
//
// http://localhost:8000/acme and http://localhost:8000/globex are two issuers by path.
// http://localhost:8000/o and http://127.0.0.1:8000/o are two issuers by host name. The
// page http://localhost:8000/ has links to the issuers of its host.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"html/template"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

func main() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "issuers")
	if err != nil {
		log.Fatal(err)
	}
	all := newTenants(folder)
	for _, issuer := range []string{"http://localhost:8000/acme", "http://localhost:8000/globex", "http://localhost:8000/o", "http://127.0.0.1:8000/o"} {
		server, err := all.add(ctx, issuer)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: create the first administrator at %s\n", issuer, server.SetupLink())
		go func() { log.Fatal(server.Run(ctx)) }() // the background work of each issuer
	}
	web := &http.Server{Addr: "localhost:8000", Handler: all, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(web.ListenAndServe())
}

// tenants are the handlers of all issuers, by their host name and path.
type tenants struct {
	folder string // of the databases
	byHost map[string]map[string]http.Handler
}

func newTenants(folder string) *tenants {
	return &tenants{folder, make(map[string]map[string]http.Handler)}
}

// add adds a tenant with a database and a master key of its own, so that it accepts no
// token and no login of another one.
func (t *tenants) add(ctx context.Context, issuer string) (*latchkey.Server, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, err
	}
	path := strings.Trim(u.Path, "/")
	file := strings.NewReplacer(":", "_", "/", "_").Replace(u.Host+"_"+path) + ".db"
	store, err := sqlite.Open(ctx, filepath.Join(t.folder, file), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32) // a real program stores the key of each tenant
	_, _ = rand.Read(key)
	server, err := latchkey.New(ctx, latchkey.Options{
		Issuer: issuer, Store: store, MasterKey: key, Logger: slog.Default(),
		AdminPath:    "/" + path + "/admin/",
		CookieSuffix: "_" + path, // issuers by path share the cookies of their host
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.Handle("/"+path+"/admin/", server.Admin())
	if t.byHost[u.Host] == nil {
		t.byHost[u.Host] = make(map[string]http.Handler)
	}
	t.byHost[u.Host][path] = mux
	return server, nil
}

// ServeHTTP finds the tenant of a request. A host that is not known has no tenants.
func (t *tenants) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	of := t.byHost[r.Host]
	if handler, known := of[pathOf(r.URL.Path)]; known {
		handler.ServeHTTP(w, r)
		return
	}
	if r.URL.Path != "/" || of == nil {
		http.NotFound(w, r)
		return
	}
	_ = index.Execute(w, slices.Sorted(maps.Keys(of)))
}

// index has links to the tenants of a host.
var index = template.Must(template.New("index").Parse(`<!doctype html><html lang="en"><title>Issuers</title><h1>Issuers</h1><ul>
{{range .}}<li>/{{.}}: <a href="/{{.}}/account/">account</a>, <a href="/{{.}}/admin/">back office</a>,
<a href="/{{.}}/.well-known/openid-configuration">metadata</a></li>
{{end}}</ul>`))

// pathOf returns the path of the issuer that a request is for. The well-known part of
// the address of its metadata can be before this path (RFC 8414 section 3.1).
func pathOf(path string) string {
	if rest, found := strings.CutPrefix(path, "/.well-known/"); found {
		_, path, _ = strings.Cut(rest, "/")
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}
