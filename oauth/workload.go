package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// WorkloadRule lets a workload authenticate as a client with a JWT of a
// TrustedIssuer, such as the token of a Kubernetes service account, so that the
// client needs no secret or key.
type WorkloadRule struct {
	// Issuer is the iss of the JWT, exactly.
	Issuer string `json:"issuer"`
	// Subject is the sub of the JWT; a * at the end has the same meaning as in ClaimRules.
	Subject string `json:"subject"`
	// Claims are conditions for further claims.
	Claims ClaimRules `json:"claims,omitempty"`
	// Once accepts each JWT only once. Platforms that give a workload the same JWT
	// until it is about to expire, such as Kubernetes, cannot use it.
	Once bool `json:"once,omitempty"`
}

// Bounds on the rules of a client.
const (
	maxWorkloadRules  = 50
	maxWorkloadLength = 64 << 10 // bytes
)

// ParseWorkloadRules reads a JSON list of rules. An unknown member is an error,
// because it may be a condition. The rules themselves are not checked; see Faults. Empty
// text has no rules.
func ParseWorkloadRules(text json.RawMessage) ([]WorkloadRule, error) {
	if len(text) == 0 {
		return nil, nil
	}
	if len(text) > maxWorkloadLength {
		return nil, fmt.Errorf("the rules are longer than %d bytes", maxWorkloadLength)
	}
	var rules []WorkloadRule
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&rules); err != nil {
		detail := strings.TrimPrefix(err.Error(), "json: ")
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok { // its text has names of Go
			detail = "a JSON " + wrong.Value + " is in the wrong place"
		}
		return nil, errors.New(`the text is not a JSON list such as [{"issuer": "https://…", "subject": "…", "claims": {"name": ["value"]}}]: ` + detail)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text after the list of rules")
	}
	if len(rules) > maxWorkloadRules {
		return nil, fmt.Errorf("there are more than %d rules", maxWorkloadRules)
	}
	return rules, nil
}

// Faults returns what is wrong with the rule, or nil. Each fault is a text for the
// administrator.
func (r WorkloadRule) Faults() (faults []string) {
	if r.Issuer == "" {
		faults = append(faults, "the issuer is missing")
	}
	switch r.Subject {
	case "":
		faults = append(faults, "the subject is missing")
	case "*":
		faults = append(faults, "the subject must not be * alone, because everybody at the issuer would be accepted")
	default:
		faults = append(faults, r.subject().Faults()...)
	}
	return append(faults, r.Claims.Faults()...)
}

// Accepts reports whether the rule accepts a JWT of the issuer with these claims.
func (r WorkloadRule) Accepts(issuer string, claims map[string]any) bool {
	return r.Issuer == issuer && r.Subject != "" && r.subject().Unmet(claims) == "" && r.Claims.Unmet(claims) == ""
}

func (r WorkloadRule) subject() ClaimRules { return ClaimRules{"sub": {r.Subject}} }
