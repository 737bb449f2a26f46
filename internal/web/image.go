package web

import (
	"bytes"
	"net/http"
	"time"
)

// serveImage serves an image that another person or server provided. Its headers ensure that no
// browser treats it as a document. sites is the value of Cross-Origin-Resource-Policy.
func serveImage(w http.ResponseWriter, r *http.Request, mediaType string, image []byte, sites string) {
	header := w.Header()
	header.Set("Content-Type", mediaType)
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Cross-Origin-Resource-Policy", sites)
	header.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(image))
}
