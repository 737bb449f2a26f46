package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/provider"
)

// metadataDocument returns the metadata of the server. It can change only with the scopes
// of a host program.
func (h *Handler) metadataDocument(ctx context.Context) (provider.Document, error) {
	if h.OAuth.ScopeSource == nil {
		return h.metadata, nil
	}
	if err := h.OAuth.ReadScopes(ctx); err != nil {
		return provider.Document{}, err
	}
	return h.OAuth.Metadata()
}

// resourceDocument returns a function that does this for a resource, by its place in the
// list.
func (h *Handler) resourceDocument(i int) func(context.Context) (provider.Document, error) {
	return func(ctx context.Context) (provider.Document, error) {
		if h.OAuth.ScopeSource == nil {
			return h.resources[i].Document, nil
		}
		if err := h.OAuth.ReadScopes(ctx); err != nil {
			return provider.Document{}, err
		}
		all, err := h.OAuth.ResourceMetadata()
		if err != nil {
			return provider.Document{}, err
		}
		return all[i].Document, nil
	}
}

// document makes a handler of a public document.
func document(get func(context.Context) (provider.Document, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		header := w.Header()
		header["Access-Control-Allow-Origin"] = anyOrigin
		doc, err := get(r.Context())
		if err != nil {
			return err
		}
		header["Cache-Control"] = cacheMinutes
		header["Etag"] = []string{doc.ETag}
		if strings.Contains(r.Header.Get("If-None-Match"), doc.ETag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		header["Content-Type"] = jsonType
		header["Content-Length"] = []string{strconv.Itoa(len(doc.Body))} // otherwise net/http sends a long body in chunks
		w.WriteHeader(http.StatusOK)                                     // for gin, whose default is 404 where a host mounts the server as NoRoute
		_, _ = w.Write(doc.Body)
		return nil
	}
}
