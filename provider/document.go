package provider

import (
	"crypto/sha256"
	"encoding/base64"
)

// Document is a JSON document and its entity tag.
type Document struct {
	Body []byte // the JSON document
	// ETag is a strong entity tag with its quotes (RFC 9110 §8.8.3).
	ETag string
}

func newDocument(body []byte) Document {
	sum := sha256.Sum256(body)
	return Document{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}
