package adminapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestAttemptsIncludeRequestsThatWereRejectedEarly, as the list of the back office does. The list has pages,
// and each attempt can be read by its ID.
func TestAttemptsIncludeRequestsThatWereRejectedEarly(t *testing.T) {
	s := start(t)
	c, secret := s.AddClient("https://shop.example/cb", nil)
	other, _ := s.AddClient("https://other.example/cb", nil)
	s.Tokens(c, secret, "ada", "openid")
	for _, of := range []*oauth.Client{c, other, c} {
		s.Advance(time.Second)
		response, err := http.Get(s.Issuer + "/authorize/?" + url.Values{"response_type": {"code"}, "client_id": {of.ID}, "redirect_uri": {"https://evil.example/cb"}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	token := s.as(account.RoleOperator)
	for _, limit := range []int{1, 2, 50} {
		var states []string
		for cursor, more := "", true; more; more = cursor != "" {
			a := s.want(http.StatusOK, token, "GET", fmt.Sprintf("attempts?client_id=%s&limit=%d&cursor=%s", c.ID, limit, cursor), "")
			rows, _ := a.json["data"].([]any)
			for _, row := range rows {
				shown, _ := row.(map[string]any)
				one := s.want(http.StatusOK, token, "GET", fmt.Sprint("attempts/", shown["id"]), "")
				if fmt.Sprint(one.json) != fmt.Sprint(shown) {
					t.Errorf("alone %v, in the list %v", one.json, shown)
				}
				if shown["rejected"] == true && (shown["description"] == nil || shown["error_id"] != shown["id"]) {
					t.Errorf("without its reason: %v", shown)
				}
				states = append(states, fmt.Sprint(shown["state"], " ", shown["rejected"]))
			}
			cursor = a.text("next")
		}
		if got := fmt.Sprint(states); got != "[failed true failed true done false]" {
			t.Errorf("%d rows on a page: %s", limit, got)
		}
	}
	elsewhere := oauth.Rejection{ID: "elsewhere", At: s.Now(), ClientID: c.ID, Reason: "/introspect/ invalid_client"}
	if err := s.Store.AddRejections(t.Context(), []oauth.Rejection{elsewhere}, oauth.RejectionBounds{Reason: 3, Source: 3}); err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusNotFound, token, "GET", "attempts/elsewhere", "") // it is no step of a login, and not in the list
}
