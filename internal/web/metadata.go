package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/provider"
)

// fixed returns a document that does not change.
func fixed(doc provider.Document) func(context.Context) (provider.Document, error) {
	return func(context.Context) (provider.Document, error) { return doc, nil }
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
