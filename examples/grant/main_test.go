package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
)

// TestVoucherIsExchangedForATokenOnce sends the requests of the page
// docs/how-to/add-a-grant-type.md.
func TestVoucherIsExchangedForATokenOnce(t *testing.T) {
	var server http.Handler
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { server.ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	store := memstore.New(time.Now)
	customer, id, secret, err := register(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	sold := map[string]voucher{"SUMMER": {customer, time.Now().Add(time.Hour)}, "WINTER": {customer, time.Now().Add(-time.Hour)}}
	if server, err = newProvider(t.Context(), site.URL+"/o", store, sold); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ number, want string }{
		{"SUMMER", `"access_token"`}, {"SUMMER", "was used before"}, {"WINTER", "has expired"}, {"SPRING", "unknown"},
	} {
		form := url.Values{"grant_type": {voucherType}, "voucher": {test.number}, "client_id": {id}, "client_secret": {secret}}
		response, err := http.PostForm(site.URL+"/o/token/", form)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || !json.Valid(body) || !strings.Contains(string(body), test.want) {
			t.Errorf("%s: %s %v", test.number, body, err)
		}
	}
}
