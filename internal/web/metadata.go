package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// documents are the metadata of the server and of the protected resources.
type documents struct {
	of        *provider.Definitions // on which they depend
	server    provider.Document
	resources map[string]provider.Document // by path
}

// currentDocuments returns the metadata. They change with the scopes and the resources in the
// Store, and with the scopes of a host program.
func (h *Handler) currentDocuments(ctx context.Context) (*documents, error) {
	if err := h.OAuth.ReadForMetadata(ctx); err != nil {
		return nil, err
	}
	of := h.OAuth.PresentDefinitions()
	if last := h.metadata.Load(); last != nil && last.of == of {
		return last, nil
	}
	server, err := h.OAuth.Metadata()
	if err != nil {
		return nil, err
	}
	resources, err := h.OAuth.ResourceMetadata()
	if err != nil {
		return nil, err
	}
	next := &documents{of, server, make(map[string]provider.Document)}
	for _, resource := range resources {
		if _, found := next.resources[resource.Path]; !found { // the server itself and the configuration are first
			next.resources[resource.Path] = resource.Document
		}
	}
	h.metadata.Store(next)
	return next, nil
}

// metadataDocument returns the metadata of the server.
func (h *Handler) metadataDocument(ctx context.Context) (provider.Document, error) {
	all, err := h.currentDocuments(ctx)
	if err != nil {
		return provider.Document{}, err
	}
	return all.server, nil
}

// resourceDocument serves the metadata of the resource with a path. If the path is empty, it is
// that of the request, and a resource that does not exist is a page that does not exist.
func (h *Handler) resourceDocument(path string) http.HandlerFunc {
	missing := h.page(h.home)
	return func(w http.ResponseWriter, r *http.Request) {
		key := path
		if key == "" {
			key = strings.TrimSuffix(r.URL.EscapedPath(), "/")
		}
		all, err := h.currentDocuments(r.Context())
		var doc provider.Document
		if err == nil {
			found := false
			if doc, found = all.resources[key]; !found {
				missing(w, r)
				return
			}
		}
		h.document(func(context.Context) (provider.Document, error) { return doc, err })(w, r)
	}
}

// document returns the handler of a public document. Unlike json, it does not copy the request, so
// almost all of the time for a response is spent in net/http.
func (h *Handler) document(get func(context.Context) (provider.Document, error)) http.HandlerFunc {
	return h.failing(faceJSON, readable("GET, HEAD", func(w http.ResponseWriter, r *http.Request) error {
		header := w.Header()
		header["Access-Control-Allow-Origin"] = anyOrigin
		doc, err := get(oauth.WithStoreWait(r.Context()))
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
	}))
}
