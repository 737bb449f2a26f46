package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

// accessToken returns the access token of a token response.
func accessToken(t *testing.T, issuer string, form url.Values) string {
	t.Helper()
	response, err := http.PostForm(issuer+"/token/", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.AccessToken == "" {
		t.Fatalf("got %s %v", response.Status, err)
	}
	return body.AccessToken
}
