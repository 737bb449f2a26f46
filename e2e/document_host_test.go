package e2e

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// documentHost publishes client ID metadata documents.
type documentHost struct {
	t      *testing.T
	server *httptest.Server
	// ca is the file with the certificate that the provider has to trust.
	ca string

	mu        sync.Mutex
	documents map[string][]byte // by path
	fetches   map[string]int    // by client_id
}

func startDocumentHost(t *testing.T) *documentHost {
	t.Helper()
	h := &documentHost{t: t, documents: make(map[string][]byte), fetches: make(map[string]int)}
	h.server = httptest.NewTLSServer(h)
	t.Cleanup(h.server.Close)
	h.ca = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.server.Certificate().Raw})
	if err := os.WriteFile(h.ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

// flags are the flags of a provider that fetches documents from this host.
func (h *documentHost) flags() []string {
	return []string{"--insecure-outbound", "127.0.0.0/8", "--outbound-ca", h.ca}
}

// publish publishes the document of a public client and returns its client_id.
func (h *documentHost) publish(path, redirectURI string, grants ...string) string {
	h.t.Helper()
	id := h.server.URL + path
	text, err := json.Marshal(map[string]any{
		"client_id": id, "client_name": "MCP client", "redirect_uris": []string{redirectURI}, "grant_types": grants, "token_endpoint_auth_method": "none",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.documents[path] = text
	return id
}

func (h *documentHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	text, published := h.documents[r.URL.Path]
	if !published {
		http.NotFound(w, r)
		return
	}
	h.fetches[h.server.URL+r.URL.Path]++
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

// fetched reports whether the provider has fetched the document of a client.
func (h *documentHost) fetched(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fetches[id] > 0
}
