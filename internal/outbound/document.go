package outbound

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxETag is the length of the longest entity tag that is sent back, in bytes.
const maxETag = 256

// errOtherVersion is the error of a response with the status 304 that is about another
// version of the document.
var errOtherVersion = errors.New("status 304 with another ETag")

// GetDocument is like Get, but returns more of the response. A status other than 200 is
// an error. known is the document that the same address returned before, or nil: if the
// response has the status 304, the result has the body of known.
func (c *Client) GetDocument(ctx context.Context, address string, maxBytes int64, known *oauth.Document) (*oauth.Document, error) {
	received, err := c.do(ctx, http.MethodGet, address, conditions(known), "", maxBytes)
	switch {
	case err != nil:
		return nil, err
	case received.status == http.StatusNotModified:
		return renewed(known, received.header)
	case received.status != http.StatusOK:
		return nil, fmt.Errorf("status %d instead of 200", received.status)
	}
	mediaType, _, _ := mime.ParseMediaType(received.header.Get("Content-Type"))
	document := &oauth.Document{Body: received.body, MediaType: mediaType, Fresh: freshness(received.header)}
	if storable(received.header) {
		document.ETag, document.LastModified = entityTag(received.header), lastModified(received.header)
	}
	return document, nil
}

// conditions returns the header fields of a request for a document that has changed (RFC
// 9110 §13.1), or nil.
func conditions(known *oauth.Document) http.Header {
	if known == nil {
		return nil
	}
	header := make(http.Header)
	if known.ETag != "" {
		header.Set("If-None-Match", known.ETag)
	}
	if known.LastModified != "" {
		header.Set("If-Modified-Since", known.LastModified)
	}
	return header
}

// renewed returns the known document with the header fields of a response with the
// status 304 (RFC 9111 §4.3.4). The fields that are absent have not changed.
func renewed(known *oauth.Document, header http.Header) (*oauth.Document, error) {
	document := *known
	if tag := entityTag(header); tag != "" {
		if known.ETag != "" && strings.TrimPrefix(tag, "W/") != strings.TrimPrefix(known.ETag, "W/") {
			return nil, errOtherVersion
		}
		document.ETag = tag
	}
	if date := lastModified(header); date != "" {
		document.LastModified = date
	}
	if fresh := freshness(header); fresh != unlimited {
		document.Fresh = fresh
	}
	if !storable(header) {
		document.ETag, document.LastModified = "", ""
	}
	return &document, nil
}

// entityTag returns the ETag of a response (RFC 9110 §8.8.3), or "" if it is absent, too
// long or not valid.
func entityTag(header http.Header) string {
	tag := header.Get("ETag")
	quoted := strings.TrimPrefix(tag, "W/")
	invalid := func(c rune) bool { return c <= ' ' || c == '"' || c == 0x7f }
	if len(tag) > maxETag || len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' || strings.ContainsFunc(quoted[1:len(quoted)-1], invalid) {
		return ""
	}
	return tag
}

// lastModified returns the Last-Modified of a response, or "" if it is not a date.
func lastModified(header http.Header) string {
	date, err := http.ParseTime(header.Get("Last-Modified"))
	if err != nil {
		return ""
	}
	return date.UTC().Format(http.TimeFormat)
}
