package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/bodylimit"
	"github.com/seed-e6a88a41/latchkey/internal/endpoint"
	"github.com/seed-e6a88a41/latchkey/internal/mock"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// handler returns the provider with its faults, and the requests below /mock/ with
// which tests control it.
func (m *mockServer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", m.faults.Handler(m.Server))
	mux.Handle("/admin/", m.faults.Handler(m.Admin()))
	for _, r := range m.controls() {
		mux.Handle(r.Methods+" "+r.Path, bodylimit.Handler(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			answer, err := m.obey(r, request)
			status := http.StatusOK
			if err != nil {
				status, answer = http.StatusBadRequest, map[string]string{"error": err.Error()}
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(answer)
		})))
	}
	mux.HandleFunc("/mock/", func(w http.ResponseWriter, _ *http.Request) { m.explain(w) })
	return mux
}

// explain answers a request below /mock/ that has another method or path than the controls.
func (m *mockServer) explain(w http.ResponseWriter) {
	var known []string
	for _, r := range m.controls() {
		known = append(known, r.Methods+" "+r.Path)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": "unknown method or path; use " + strings.Join(known, ", ")})
}

// obey carries out a request below /mock/. Its Host must be localhost, an IP address or the
// host of the issuer: a page of another website can make the name of its own host resolve
// to this machine (DNS rebinding), and could then send any request.
func (m *mockServer) obey(control mockControl, r *http.Request) (any, error) {
	host := (&url.URL{Host: r.Host}).Hostname()
	if issuer, err := url.Parse(m.issuer); err == nil && strings.EqualFold(host, issuer.Hostname()) {
		return control.serve(r)
	}
	if _, err := netip.ParseAddr(host); err != nil && !strings.EqualFold(host, "localhost") {
		return nil, fmt.Errorf("the host %q is not that of the mock. Use localhost, or the host of the issuer", host)
	}
	return control.serve(r)
}

// A mockControl is an endpoint with which tests control a mock.
type mockControl struct {
	endpoint.Endpoint
	serve func(*http.Request) (any, error)
}

func (m *mockServer) controls() []mockControl {
	control := func(method, path, purpose string, serve func(*http.Request) (any, error)) mockControl {
		return mockControl{endpoint.Endpoint{Methods: method, Path: path, Purpose: purpose, Authentication: endpoint.None}, serve}
	}
	return []mockControl{
		control("POST", "/mock/token", "returns an access token at once, without a login", m.orderToken),
		control("POST", "/mock/faults", "adds a fault", m.addFault),
		control("DELETE", "/mock/faults", "removes all faults, and returns the paths of those that no request matched", m.clearFaults),
		control("POST", "/mock/clock", "moves the clock forward, or makes it differ from the real time", m.moveClock),
		control("DELETE", "/mock/clock", "moves the clock back to the real time", m.resetClock),
		control("POST", "/mock/keys", "replaces the signing keys, and moves the clock three seconds forward", m.rotateKeys),
	}
}

// readControl reads the JSON of a request. The media type prevents web pages of other
// origins from sending it without a preflight request (CORS).
func readControl(r *http.Request, into map[string]any) error {
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/json" {
		return errors.New("the Content-Type must be application/json")
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return readMembers("", text, into)
}

// orderToken issues an access token at once, as latchkeytest.Provider.Token does.
func (m *mockServer) orderToken(r *http.Request) (any, error) {
	var username, clientID, scope, resource string
	if err := readControl(r, map[string]any{"username": &username, "client_id": &clientID, "scope": &scope, "resource": &resource}); err != nil {
		return nil, err
	}
	if clientID == "" {
		return nil, errors.New(`client_id is missing, such as {"client_id": "app", "username": "ada", "scope": "read"}`)
	}
	scopes, err := oauth.ParseScopes(scope)
	if err != nil {
		return nil, err
	}
	order := provider.TokenOrder{ClientID: clientID, Scope: scopes}
	if resource != "" {
		order.Resources = []string{resource}
	}
	if username != "" {
		canonical, err := account.CanonicalUsername(username)
		if err != nil {
			return nil, err
		}
		user, err := m.store.UserByName(r.Context(), canonical)
		if errors.Is(err, account.ErrNotFound) {
			return nil, errors.New("username: there is no such user")
		}
		if err != nil {
			return nil, err
		}
		order.Subject = user.ID
	}
	return m.IssueToken(r.Context(), order)
}

// addFault adds a fault; see latchkeytest.Fault.
func (m *mockServer) addFault(r *http.Request) (any, error) {
	var fault mock.Fault
	var delay duration
	if err := readControl(r, map[string]any{
		"path": &fault.Path, "times": &fault.Times, "delay": &delay, "status": &fault.Status, "lose_response": &fault.LoseResponse, "twice": &fault.Twice,
	}); err != nil {
		return nil, err
	}
	fault.Delay = time.Duration(delay)
	if err := fault.Check(); err != nil {
		return nil, err
	}
	m.faults.Add(fault)
	return map[string]string{}, nil
}

// clearFaults removes all faults. Its response shows a test that a path was misspelt.
func (m *mockServer) clearFaults(*http.Request) (any, error) {
	unused := []string{}
	for _, fault := range m.faults.Clear() {
		unused = append(unused, fault.Path)
	}
	return map[string][]string{"unused": unused}, nil
}

// moveClock advances the clock, or makes it differ from the real time.
func (m *mockServer) moveClock(r *http.Request) (any, error) {
	var advance, skew duration = 0, noDuration
	if err := readControl(r, map[string]any{"advance": &advance, "skew": &skew}); err != nil {
		return nil, err
	}
	if advance < 0 {
		return nil, errors.New("advance: the clock cannot move backward. Use skew, or DELETE /mock/clock for the real time")
	}
	m.clock.Advance(time.Duration(advance))
	if skew != noDuration {
		m.clock.SetSkew(time.Duration(skew))
	}
	return map[string]time.Time{"now": m.clock.Provider()}, nil
}

// resetClock moves the clock back to the real time, so that a test does not change the time of the
// tests after it.
func (m *mockServer) resetClock(*http.Request) (any, error) {
	m.clock.Reset()
	return map[string]time.Time{"now": m.clock.Provider()}, nil
}

// rotateKeys replaces the signing keys, as latchkeytest.Provider.RotateKeys does.
func (m *mockServer) rotateKeys(r *http.Request) (any, error) {
	if err := readControl(r, nil); err != nil {
		return nil, err
	}
	return map[string]string{}, mock.RotateKeys(r.Context(), m.Keys(), m.clock)
}

// A duration is a time.Duration in JSON, such as "1h30m".
type duration time.Duration

// noDuration is a duration that no request can contain.
const noDuration duration = -1 << 63

// UnmarshalJSON parses a duration.
func (d *duration) UnmarshalJSON(text []byte) error {
	var value string
	if err := json.Unmarshal(text, &value); err != nil {
		return errors.New(`the value must be a duration such as "1h30m"`)
	}
	parsed, err := settings.ParseDuration(value)
	if err != nil || parsed.Abs() > 10*365*24*time.Hour {
		return errors.New(`the value must be a duration such as "1h30m", of at most ten years`)
	}
	*d = duration(parsed)
	return nil
}
