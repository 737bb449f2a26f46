// Package passkeys verifies the answers of authenticators (WebAuthn level 3). It wraps
// go-webauthn, whose API changes with each minor release, and stores nothing.
package passkeys

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/google/uuid"
)

// RelyingParty is the server for which passkeys are valid.
type RelyingParty struct {
	// ID is the host name of the server, or a domain above it.
	ID string
	// Name is the name of the server.
	Name string
	// Origins are the origins of pages that may use a passkey, such as
	// https://id.example.
	Origins []string
}

// User is the person for whom a passkey is created.
type User struct {
	// Handle is stored in the authenticator, and identifies the person.
	Handle []byte
	// Name and DisplayName are shown by the authenticator.
	Name, DisplayName string
}

// Descriptor names a passkey for an authenticator.
type Descriptor struct {
	ID         []byte
	Transports []string
}

// Credential is a new passkey.
type Credential struct {
	ID []byte
	// PublicKey is a COSE key.
	PublicKey []byte
	// AAGUID identifies the model of the authenticator. It is not verified.
	AAGUID     string
	Transports []string
	Flags
}

// Flags holds what an authenticator states about itself and the person.
type Flags struct {
	Counter uint32
	// UserVerified is set if the authenticator verified the person, for example with a
	// fingerprint or a PIN.
	UserVerified bool
	// BackupEligible is set if the passkey can be copied to other devices, and
	// BackedUp if it was.
	BackupEligible, BackedUp bool
}

// Limits on what authenticators send: the bytes of an answer, the number of transports, and
// the bytes of a public key. To verify one signature with an RSA key of 40,000 bytes takes
// seconds, and anybody can send such an answer to the login page.
const (
	maxResponse   = 64 << 10
	maxTransports = 10
	maxPublicKey  = 600 // enough for RSA with 4096 bits
)

// ErrInvalid means that an answer is not valid. Errors wrap it with the reason, for
// the log.
var ErrInvalid = errors.New("the answer of the authenticator is not valid")

var errNoID = errors.New("this server has no passkeys: its relying party has no ID")

// algorithms are the signature algorithms, most preferred first.
func algorithms() []protocol.CredentialParameter {
	var parameters []protocol.CredentialParameter
	for _, alg := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgEdDSA, webauthncose.AlgES256, webauthncose.AlgRS256} {
		parameters = append(parameters, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg})
	}
	return parameters
}

// CreationOptions returns the options of navigator.credentials.create as JSON, as
// PublicKeyCredential.parseCreationOptionsFromJSON reads it. exclude are the
// passkeys that the person already has. With onlyFactor, the passkey must be enough for a login:
// the authenticator must verify the person, and be able to discover the passkey.
func (rp RelyingParty) CreationOptions(u User, challenge []byte, exclude []Descriptor, onlyFactor bool) ([]byte, error) {
	if rp.ID == "" {
		return nil, errNoID
	}
	selection := protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred}
	if onlyFactor {
		selection = protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired}
	}
	return json.Marshal(protocol.PublicKeyCredentialCreationOptions{
		RelyingParty: protocol.RelyingPartyEntity{CredentialEntity: protocol.CredentialEntity{Name: rp.Name}, ID: rp.ID},
		User: protocol.UserEntity{
			CredentialEntity: protocol.CredentialEntity{Name: u.Name}, DisplayName: u.DisplayName, ID: protocol.URLEncodedBase64(u.Handle),
		},
		Challenge: challenge, Parameters: algorithms(), CredentialExcludeList: descriptors(exclude),
		AuthenticatorSelection: selection, Attestation: protocol.PreferNoAttestation,
	})
}

// RequestOptions returns the options of navigator.credentials.get as JSON. If allow
// is empty, the person chooses a passkey that the authenticator can discover. With
// verify, the authenticator must verify the person.
func (rp RelyingParty) RequestOptions(challenge []byte, allow []Descriptor, verify bool) ([]byte, error) {
	if rp.ID == "" {
		return nil, errNoID
	}
	verification := protocol.VerificationPreferred
	if verify {
		verification = protocol.VerificationRequired
	}
	return json.Marshal(protocol.PublicKeyCredentialRequestOptions{
		Challenge: challenge, RelyingPartyID: rp.ID, AllowedCredentials: descriptors(allow), UserVerification: verification,
	})
}

func descriptors(all []Descriptor) (list []protocol.CredentialDescriptor) {
	for _, d := range all {
		descriptor := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: d.ID}
		for _, transport := range d.Transports {
			descriptor.Transport = append(descriptor.Transport, protocol.AuthenticatorTransport(transport))
		}
		list = append(list, descriptor)
	}
	return list
}

// Registration is the answer to CreationOptions. It is not verified yet.
type Registration struct {
	Challenge []byte
	parsed    *protocol.ParsedCredentialCreationData
}

// ParseRegistration parses an answer: the JSON of PublicKeyCredential.toJSON.
func ParseRegistration(response []byte) (Registration, error) {
	if len(response) > maxResponse {
		return Registration{}, fmt.Errorf("%w: it has %d bytes", ErrInvalid, len(response))
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Registration{}, invalid(err)
	}
	challenge, err := base64.RawURLEncoding.Strict().DecodeString(parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return Registration{}, invalid(err)
	}
	return Registration{challenge, parsed}, nil
}

// Verify returns the new passkey. The caller has checked the challenge. The attestation
// is ignored: it was not requested, and no manufacturer is trusted.
func (r Registration) Verify(rp RelyingParty) (Credential, error) {
	object := &r.parsed.Response.AttestationObject
	object.Format, object.AttStatement, object.SubStatements = string(protocol.AttestationFormatNone), nil, nil
	_, err := r.parsed.Verify(r.parsed.Response.CollectedClientData.Challenge, rp.ID, rp.Origins, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, false, true, nil, algorithms(), protocol.AttestationPolicy{}, protocol.SignaturePolicy{})
	if err != nil {
		return Credential{}, invalid(err)
	}
	data := object.AuthData
	if n := len(data.AttData.CredentialPublicKey); n > maxPublicKey {
		return Credential{}, fmt.Errorf("%w: its public key has %d bytes", ErrInvalid, n)
	}
	if _, err := webauthncose.ParsePublicKey(data.AttData.CredentialPublicKey); err != nil {
		return Credential{}, invalid(err)
	}
	aaguid, err := uuid.FromBytes(data.AttData.AAGUID)
	if err != nil {
		return Credential{}, invalid(err)
	}
	c := Credential{ID: data.AttData.CredentialID, PublicKey: data.AttData.CredentialPublicKey, AAGUID: aaguid.String(), Flags: flags(data)}
	for _, transport := range r.parsed.Response.Transports {
		if len(c.Transports) < maxTransports && len(transport) <= 32 {
			c.Transports = append(c.Transports, string(transport))
		}
	}
	return c, nil
}

// Assertion is the answer to RequestOptions. It is not verified yet.
type Assertion struct {
	Challenge, CredentialID []byte
	// UserHandle is empty if the authenticator did not discover the passkey.
	UserHandle []byte
	parsed     *protocol.ParsedCredentialAssertionData
}

// ParseAssertion parses an answer: the JSON of PublicKeyCredential.toJSON.
func ParseAssertion(response []byte) (Assertion, error) {
	if len(response) > maxResponse {
		return Assertion{}, fmt.Errorf("%w: it has %d bytes", ErrInvalid, len(response))
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return Assertion{}, invalid(err)
	}
	challenge, err := base64.RawURLEncoding.Strict().DecodeString(parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return Assertion{}, invalid(err)
	}
	return Assertion{challenge, parsed.RawID, parsed.Response.UserHandle, parsed}, nil
}

// Verify verifies the signature with the public key of the passkey that has the
// CredentialID. The caller has checked the challenge. With verify, the authenticator must
// have verified the person.
func (a Assertion) Verify(rp RelyingParty, publicKey []byte, verify bool) (Flags, error) {
	err := a.parsed.Verify(a.parsed.Response.CollectedClientData.Challenge, rp.ID, "", rp.Origins, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, verify, true, publicKey, protocol.SignaturePolicy{})
	if err != nil {
		return Flags{}, invalid(err)
	}
	return flags(a.parsed.Response.AuthenticatorData), nil
}

func flags(data protocol.AuthenticatorData) Flags {
	return Flags{
		Counter: data.Counter, UserVerified: data.Flags.HasUserVerified(),
		BackupEligible: data.Flags.HasBackupEligible(), BackedUp: data.Flags.HasBackupState(),
	}
}

// invalid wraps an error of go-webauthn. Its text says what failed; the other details
// contain values from the answer.
func invalid(err error) error {
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return fmt.Errorf("%w: %s", ErrInvalid, e.Details)
	}
	return fmt.Errorf("%w: it cannot be read", ErrInvalid)
}
