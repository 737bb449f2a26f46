package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/provider"
)

func (h *Handler) metadataDocument(context.Context) (provider.Document, error) {
	return h.metadata, nil
}

func (h *Handler) jwks(ctx context.Context) (provider.Document, error) { return h.OAuth.JWKS(ctx) }

var (
	anyOrigin    = []string{"*"}
	cacheMinutes = []string{"public, max-age=300"}
	readMethods  = "GET, HEAD"
	retryShortly = []string{"1"}
)

// document serves prepared bytes that anybody may read, scripts of any origin
// included.
func (h *Handler) document(get func(context.Context) (provider.Document, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodOptions:
			preflight(w, r, readMethods)
			return
		default:
			h.writeError(w, r, nil, &methodError{"GET", readMethods + ", OPTIONS"})
			return
		}
		doc, err := get(r.Context())
		if err != nil {
			h.writeError(w, r, nil, err)
			return
		}
		header["Access-Control-Allow-Origin"] = anyOrigin
		header["Cache-Control"] = cacheMinutes
		header["Etag"] = []string{doc.ETag}
		if strings.Contains(r.Header.Get("If-None-Match"), doc.ETag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		header["Content-Type"] = jsonType
		header["Content-Length"] = []string{strconv.Itoa(len(doc.Body))} // or long ones are sent in chunks
		_, _ = w.Write(doc.Body)
	}
}
