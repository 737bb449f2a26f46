package outbound

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	monday  = "Mon, 23 Nov 2026 10:00:00 GMT"
	tuesday = "Tue, 24 Nov 2026 10:00:00 GMT"
)

// documentServer responds with the status and the header of the path that is asked for,
// and records the conditions of the last request.
func documentServer(t *testing.T, respond http.HandlerFunc) (c *Client, url string, asked *http.Header) {
	t.Helper()
	asked = new(http.Header)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = r.Header.Clone()
		respond(w, r)
	}))
	t.Cleanup(site.Close)
	return New(Options{InsecureNetworks: loopback}), site.URL + "/", asked
}

func setHeader(w http.ResponseWriter, header []string) {
	for i := 0; i < len(header); i += 2 {
		w.Header().Add(header[i], header[i+1])
	}
}

// RFC 9110 §8.8, RFC 9111 §3: what identifies the version of a stored response.
func TestOnlyStorableResponsesAreAskedForAgain(t *testing.T) {
	for name, test := range map[string]struct {
		header         []string
		etag, modified string
	}{
		"nothing":             {nil, "", ""},
		"both":                {[]string{"ETag", `"a"`, "Last-Modified", monday}, `"a"`, monday},
		"a weak tag":          {[]string{"ETag", `W/"a"`}, `W/"a"`, ""},
		"an empty tag":        {[]string{"ETag", `""`}, `""`, ""},
		"without quotes":      {[]string{"ETag", `a`}, "", ""},
		"one quote":           {[]string{"ETag", `"`}, "", ""},
		"a list":              {[]string{"ETag", `"a", "b"`}, "", ""},
		"the longest tag":     {[]string{"ETag", `"` + strings.Repeat("a", 254) + `"`}, `"` + strings.Repeat("a", 254) + `"`, ""},
		"a longer tag":        {[]string{"ETag", `"` + strings.Repeat("a", 255) + `"`}, "", ""},
		"not a date":          {[]string{"Last-Modified", "yesterday"}, "", ""},
		"another date format": {[]string{"Last-Modified", "Monday, 23-Nov-26 10:00:00 GMT"}, "", monday},
		"no-store":            {[]string{"ETag", `"a"`, "Last-Modified", monday, "Cache-Control", "No-Store"}, "", ""},
		"no-cache":            {[]string{"ETag", `"a"`, "Cache-Control", "no-cache"}, `"a"`, ""},
		"any request differs": {[]string{"ETag", `"a"`, "Vary", "*"}, "", ""},
		"a header differs":    {[]string{"ETag", `"a"`, "Vary", "Accept-Encoding, Origin"}, `"a"`, ""},
	} {
		c, url, asked := documentServer(t, func(w http.ResponseWriter, _ *http.Request) {
			setHeader(w, test.header)
			_, _ = w.Write([]byte("{}"))
		})
		d, err := c.GetDocument(ctx, url, 100, nil)
		if err != nil || d.ETag != test.etag || d.LastModified != test.modified {
			t.Errorf("%s: %+v %v", name, d, err)
			continue
		}
		if _, err := c.GetDocument(ctx, url, 100, d); err != nil || asked.Get("If-None-Match") != test.etag || asked.Get("If-Modified-Since") != test.modified {
			t.Errorf("%s: the next request has the header %v, %v", name, *asked, err)
		}
	}
}

// RFC 9110 §15.4.5, RFC 9111 §4.3.4: a response without a body renews the known document.
func TestUnchangedDocumentIsRenewed(t *testing.T) {
	known := oauth.Document{Body: []byte("{}"), MediaType: "application/json", Fresh: time.Minute, ETag: `"a"`, LastModified: monday}
	with := func(change func(*oauth.Document)) *oauth.Document {
		d := known
		change(&d)
		return &d
	}
	for name, test := range map[string]struct {
		header []string
		want   *oauth.Document // nil: an error
	}{
		"nothing changes":     {nil, &known},
		"the same tag":        {[]string{"ETag", `"a"`}, &known},
		"a weak tag":          {[]string{"ETag", `W/"a"`}, with(func(d *oauth.Document) { d.ETag = `W/"a"` })},
		"another tag":         {[]string{"ETag", `"b"`}, nil},
		"a later date":        {[]string{"Last-Modified", tuesday}, with(func(d *oauth.Document) { d.LastModified = tuesday })},
		"another lifetime":    {[]string{"Cache-Control", "max-age=600"}, with(func(d *oauth.Document) { d.Fresh = 10 * time.Minute })},
		"another media type":  {[]string{"Content-Type", "text/html"}, &known},
		"must not be stored":  {[]string{"Cache-Control", "no-store"}, with(func(d *oauth.Document) { d.Fresh, d.ETag, d.LastModified = 0, "", "" })},
		"any request differs": {[]string{"Vary", "*"}, with(func(d *oauth.Document) { d.Fresh, d.ETag, d.LastModified = 0, "", "" })},
	} {
		c, url, _ := documentServer(t, func(w http.ResponseWriter, _ *http.Request) {
			setHeader(w, test.header)
			w.WriteHeader(http.StatusNotModified)
		})
		d, err := c.GetDocument(ctx, url, 100, &known)
		if test.want == nil {
			if err == nil {
				t.Errorf("%s: accepted as %+v", name, d)
			}
			continue
		}
		if err != nil || string(d.Body) != "{}" || d.MediaType != test.want.MediaType || d.Fresh != test.want.Fresh || d.ETag != test.want.ETag || d.LastModified != test.want.LastModified {
			t.Errorf("%s: %+v %v", name, d, err)
		}
	}
}

// A server that has not been asked whether the document has changed must send it.
func TestStatus304WithoutAConditionIsAnError(t *testing.T) {
	c, url, asked := documentServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	for name, known := range map[string]*oauth.Document{"no document": nil, "a document without a version": {Body: []byte("{}")}} {
		if d, err := c.GetDocument(ctx, url, 100, known); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
		if asked.Get("If-None-Match") != "" || asked.Get("If-Modified-Since") != "" {
			t.Errorf("%s: the request has the header %v", name, *asked)
		}
	}
	if _, err := c.Get(ctx, url, 100); err == nil {
		t.Error("Get accepts the status 304")
	}
}

// TestChangedDocumentReplacesTheKnownOne, with the version of the new one.
func TestChangedDocumentReplacesTheKnownOne(t *testing.T) {
	c, url, _ := documentServer(t, func(w http.ResponseWriter, _ *http.Request) {
		setHeader(w, []string{"ETag", `"b"`, "Content-Type", "application/json"})
		_, _ = w.Write([]byte("[]"))
	})
	d, err := c.GetDocument(ctx, url, 100, &oauth.Document{Body: []byte("{}"), ETag: `"a"`, LastModified: monday})
	if err != nil || string(d.Body) != "[]" || d.ETag != `"b"` || d.LastModified != "" || d.MediaType != "application/json" {
		t.Errorf("%+v %v", d, err)
	}
}
