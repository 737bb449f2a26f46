package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// An endpointFunc answers a request that an application makes itself. The result is
// written as JSON; nil is an empty body.
type endpointFunc func(ctx context.Context, r *http.Request, p oauth.Params) (any, error)

// created is the result of an endpointFunc that is answered with the status 201.
type created struct{ body any }

// direct makes a handler of an endpoint. The request is a POST of a form, and
// scripts of the client's own origins can read the answer (CORS). The endpoint gets
// the context that limits the wait for the Store. Only requests that fail are
// copied, as limitStoreWait does with each.
func (h *Handler) direct(serve endpointFunc) http.HandlerFunc {
	return h.failing(faceJSON, func(w http.ResponseWriter, r *http.Request) error {
		header := w.Header()
		header["Cache-Control"] = noStore // RFC 6749 §5.1
		header["Pragma"] = noCache
		header["Vary"] = varyOrigin
		if r.Method == http.MethodOptions {
			preflight(w, r, "POST")
			return nil
		}
		ctx := h.context(r)
		p, err := readParams(w, r)
		h.allowClientOrigin(ctx, w, r, p)
		var body any
		if err == nil {
			body, err = serve(ctx, r, p)
		}
		if err != nil {
			h.fail(w, r.WithContext(ctx), faceJSON, &requestError{clientID: h.OAuth.ClaimedClientID(r.Header.Get("Authorization"), p), flow: h.flowOfCode(r.Header.Get("Authorization"), p), err: err})
			return nil
		}
		if w, ok := w.(authenticatedWriter); ok {
			w.Authenticated(h.OAuth.ClaimedClientID(r.Header.Get("Authorization"), p))
		}
		status := http.StatusOK
		if result, ok := body.(created); ok {
			status, body = http.StatusCreated, result.body
		}
		writeJSON(w, status, body)
		return nil
	})
}

// context returns the context of a request, with its network address and its wait for
// the Store.
func (h *Handler) context(r *http.Request) *addressed {
	return &addressed{StoreWait: oauth.StoreWait{Context: r.Context()}, h: h, r: r}
}

// addressed is a context with the values of provider.AddressKey, provider.ErrorIDKey and
// ui.PreferredLanguages. Each value is determined only when it is needed.
type addressed struct {
	oauth.StoreWait
	h         *Handler
	r         *http.Request
	errorID   string
	uiLocales []string // of the authorization request
}

// addressedKey is the key of the value that is the innermost addressed context.
type addressedKey struct{}

func (c *addressed) Value(key any) any {
	switch key {
	case provider.AddressKey{}:
		return c
	case ui.PreferredLanguages{}:
		return c.languages
	case addressedKey{}:
		return c
	case provider.ErrorIDKey{}:
		return func() string {
			if c.errorID == "" {
				c.errorID = ui.RandomErrorID()
			}
			return c.errorID
		}
	}
	return c.StoreWait.Value(key)
}

// Address returns the network address of the client (provider.ClientAddress).
func (c *addressed) Address() netip.Addr { return c.h.Address(c.r) }

// errorID returns the ID under which the failure of a request is logged. The event of the
// request has the same ID.
func errorID(w http.ResponseWriter, r *http.Request) string {
	if id, ok := r.Context().Value(provider.ErrorIDKey{}).(func() string); ok {
		return ui.UseErrorID(w, id())
	}
	return ui.NewErrorID(w)
}

// An authenticatedWriter receives the client_id of an authenticated client, as the
// ResponseWriter that OnRequest uses does.
type authenticatedWriter interface{ Authenticated(clientID string) }

// Header values that many answers share.
var (
	noStore      = []string{"no-store"}
	noCache      = []string{"no-cache"}
	noReferrer   = []string{"no-referrer"}
	varyOrigin   = []string{"Origin"}
	jsonType     = []string{"application/json"}
	anyOrigin    = []string{"*"}
	cacheMinutes = []string{"public, max-age=300"}
	retryShortly = []string{"1"}
)

// marshal returns body as JSON. Package json would check what a Marshaler returns,
// which takes longer than to encode it.
func marshal(body any) ([]byte, error) {
	if m, ok := body.(json.Marshaler); ok {
		return m.MarshalJSON()
	}
	return json.Marshal(body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header()["Content-Type"] = jsonType
	encoded, err := marshal(body)
	if err != nil { // cannot happen with the structs of this module
		http.Error(w, `{"error":"server_error"}`, http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}
