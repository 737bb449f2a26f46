package provider

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The error codes for a software statement (RFC 7591 §3.2.2).
const (
	codeInvalidSoftwareStatement    = "invalid_software_statement"
	codeUnapprovedSoftwareStatement = "unapproved_software_statement"
)

// softwareStatement is a software statement that was verified, or zero.
type softwareStatement struct{ text, issuer string }

// addTo adds the statement to the response with the metadata (RFC 7591 §3.2.1).
func (s softwareStatement) addTo(information map[string]any) {
	if s.text != "" && information != nil {
		information["software_statement"] = s.text
	}
}

// softwareStatement verifies the software statement in client metadata, if there is
// one, and returns the metadata in which its claims replace the plain members (RFC
// 7591 §2.3). Metadata that cannot be read is returned unchanged.
func (s *Provider) softwareStatement(ctx context.Context, metadata []byte) (merged []byte, statement softwareStatement, err error) {
	var all map[string]json.RawMessage
	if json.Unmarshal(metadata, &all) != nil || len(all["software_statement"]) == 0 || string(all["software_statement"]) == "null" {
		return metadata, statement, nil
	}
	if json.Unmarshal(all["software_statement"], &statement.text) != nil {
		return nil, statement, oauth.Errorf(codeInvalidSoftwareStatement, "The software_statement is not a string.")
	}
	verified, err := s.verifyForeign(ctx, foreignUse{
		use: oauth.TrustedSoftwareStatement, code: codeInvalidSoftwareStatement, name: "software_statement", lasting: true,
	}, statement.text)
	if e, visible := errors.AsType[*oauth.Error](err); visible && e.Reason == reasonUnknownIssuer {
		e.Code = codeUnapprovedSoftwareStatement
	}
	if err != nil {
		return nil, softwareStatement{}, err
	}
	delete(all, "software_statement")
	for name, value := range verified.claims {
		if all[name], err = json.Marshal(value); err != nil {
			return nil, softwareStatement{}, err
		}
	}
	statement.issuer = verified.issuer.Issuer
	merged, err = json.Marshal(all)
	return merged, statement, err
}
