package outbound

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

// RFC 9111 §4.2.1, §5.2.2, §5.3.
func TestFreshnessOfAResponse(t *testing.T) {
	for name, test := range map[string]struct {
		header []string
		want   time.Duration
	}{
		"nothing":              {nil, unlimited},
		"max-age":              {[]string{"Cache-Control", "public, max-age=600"}, 600 * time.Second},
		"in capitals, quoted":  {[]string{"Cache-Control", `MAX-AGE="60"`}, time.Minute},
		"in two headers":       {[]string{"Cache-Control", "public", "Cache-Control", "max-age=60"}, time.Minute},
		"an age":               {[]string{"Cache-Control", "max-age=60", "Age", "20"}, 40 * time.Second},
		"older than max-age":   {[]string{"Cache-Control", "max-age=60", "Age", "100"}, 0},
		"no-store":             {[]string{"Cache-Control", "max-age=60, no-store"}, 0},
		"no-cache":             {[]string{"Cache-Control", "no-cache"}, 0},
		"no number":            {[]string{"Cache-Control", "max-age=soon"}, 0},
		"a negative number":    {[]string{"Cache-Control", "max-age=-1"}, 0},
		"an immense number":    {[]string{"Cache-Control", "max-age=99999999999999999999999"}, 365 * 24 * time.Hour},
		"Expires":              {[]string{"Date", "Sat, 28 Nov 2026 10:00:00 GMT", "Expires", "Sat, 28 Nov 2026 10:01:00 GMT"}, time.Minute},
		"max-age over Expires": {[]string{"Cache-Control", "max-age=5", "Date", "Sat, 28 Nov 2026 10:00:00 GMT", "Expires", "Sat, 28 Nov 2026 10:01:00 GMT"}, 5 * time.Second},
		"expired":              {[]string{"Date", "Sat, 28 Nov 2026 10:00:00 GMT", "Expires", "Sat, 28 Nov 2026 09:00:00 GMT"}, 0},
		"an invalid Expires":   {[]string{"Expires", "0"}, 0},
		"any request differs":  {[]string{"Cache-Control", "max-age=60", "Vary", "Accept, *"}, 0},
		"a header differs":     {[]string{"Cache-Control", "max-age=60", "Vary", "Accept"}, time.Minute},
	} {
		header := make(http.Header)
		for i := 0; i < len(test.header); i += 2 {
			header.Add(test.header[i], test.header[i+1])
		}
		if got := freshness(header); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// draft-ietf-oauth-client-id-metadata-document §5.
func TestOnlyStatus200IsADocument(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "Application/JSON; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Location", "/200")
		status, _ := strconv.Atoi(r.URL.Path[1:])
		w.WriteHeader(status)
		if status != http.StatusNoContent && status != http.StatusNotModified {
			_, _ = w.Write([]byte("{}"))
		}
	}))
	t.Cleanup(site.Close)
	c := New(Options{InsecureNetworks: loopback})
	for _, status := range []int{201, 203, 204, 206, 301, 302, 303, 304, 307, 308, 404, 500} {
		if _, err := c.GetDocument(ctx, fmt.Sprintf("%s/%d", site.URL, status), 100, nil); err == nil {
			t.Errorf("the status %d is accepted", status)
		}
	}
	d, err := c.GetDocument(ctx, site.URL+"/200", 100, nil)
	if err != nil || string(d.Body) != "{}" || d.MediaType != "application/json" || d.Fresh != time.Minute {
		t.Errorf("got %+v %v", d, err)
	}
}
