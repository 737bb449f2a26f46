package livecheck

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Finding is a problem that a check has found.
type Finding struct {
	ID    string `json:"id"` // the number of the check, such as "LK101"
	Level Level  `json:"level"`
	Text  string `json:"text"`
}

// Level is the severity of a Finding.
type Level string

// The levels of findings.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// probe is the check of one server.
type probe struct {
	ctx      context.Context
	client   *http.Client
	issuer   *url.URL
	findings []Finding
	metadata metadata
}

// unregisteredOrigin is an origin that no application has registered.
const unregisteredOrigin = "https://latchkey-check.invalid"

// Check checks the server with the given issuer identifier.
func Check(ctx context.Context, issuer string) []Finding {
	p := &probe{ctx: ctx, findings: []Finding{}, client: &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	var err error
	if p.issuer, err = url.Parse(strings.TrimSuffix(issuer, "/")); err != nil || p.issuer.Host == "" {
		p.add("LK100", Error, "%q is not a URL. Pass the issuer, for example https://id.example.com/o", issuer)
		return p.findings
	}
	if !p.checkMetadata() {
		return p.findings
	}
	p.checkCapabilities()
	p.checkKeys()
	p.checkTokenEndpoint()
	p.checkOrigins()
	p.checkAuthorizationEndpoint()
	return p.findings
}

func (p *probe) add(id string, level Level, format string, args ...any) {
	p.findings = append(p.findings, Finding{id, level, fmt.Sprintf(format, args...)})
}

// response is a response whose body has been read.
type response struct {
	*http.Response
	body string
}

// send sends a form, or no body if form is empty. headers are names and values.
func (p *probe) send(method, address, form string, headers ...string) (response, error) {
	r, err := http.NewRequestWithContext(p.ctx, method, address, strings.NewReader(form))
	if err != nil {
		return response{}, err
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return response{answer, string(body)}, err
}
