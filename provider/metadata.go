package provider

import (
	"encoding/json"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// metadata is the authorization server metadata of RFC 8414 §2 and OpenID Connect
// Discovery §3. It lists only features that this server has with its present
// configuration.
type metadata struct {
	Issuer                      string   `json:"issuer"`
	AuthorizationEndpoint       string   `json:"authorization_endpoint"`
	TokenEndpoint               string   `json:"token_endpoint"`
	DeviceAuthorizationEndpoint string   `json:"device_authorization_endpoint"` // RFC 8628 §4
	JWKSURI                     string   `json:"jwks_uri"`
	RegistrationEndpoint        string   `json:"registration_endpoint,omitempty"` // RFC 7591 §3
	ScopesSupported             []string `json:"scopes_supported"`
	ProtectedResources          []string `json:"protected_resources"` // RFC 9728 §4
	ResponseTypesSupported      []string `json:"response_types_supported"`
	ResponseModesSupported      []string `json:"response_modes_supported"`
	GrantTypesSupported         []string `json:"grant_types_supported"`
	// draft-ietf-oauth-identity-assertion-authz-grant §7, and
	// draft-ietf-oauth-identity-chaining.
	AuthorizationGrantProfiles                 []string `json:"authorization_grant_profiles_supported,omitempty"`
	IdentityChainingTokenTypes                 []string `json:"identity_chaining_requested_token_types_supported"`
	TokenEndpointAuthMethodsSupported          []string `json:"token_endpoint_auth_methods_supported"`
	TokenEndpointAuthAlgs                      []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationEndpoint                         string   `json:"revocation_endpoint"`
	RevocationEndpointAuthMethodsSupported     []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationEndpointAuthAlgs                 []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	PushedAuthorizationRequestEndpoint         string   `json:"pushed_authorization_request_endpoint"`           // RFC 9126 §5
	RequirePushedAuthorizationRequests         bool     `json:"require_pushed_authorization_requests,omitempty"` // the same
	IntrospectionEndpoint                      string   `json:"introspection_endpoint"`
	IntrospectionEndpointAuthMethodsSupported  []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionEndpointAuthAlgs              []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	CodeChallengeMethodsSupported              []string `json:"code_challenge_methods_supported"`
	PromptValuesSupported                      []string `json:"prompt_values_supported"`
	AuthorizationResponseIssParameterSupported bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3

	// draft-ietf-oauth-client-id-metadata-document §6.
	ClientIDMetadataDocumentSupported bool `json:"client_id_metadata_document_supported"`

	// OpenID Connect Discovery §3.
	UserinfoEndpoint                       string   `json:"userinfo_endpoint"`
	CheckSessionIframe                     string   `json:"check_session_iframe,omitempty"`        // Session Management §3.3
	FrontchannelLogoutSupported            bool     `json:"frontchannel_logout_supported"`         // Front-Channel Logout §3
	FrontchannelLogoutSessionSupported     bool     `json:"frontchannel_logout_session_supported"` // the same
	BackchannelLogoutSupported             bool     `json:"backchannel_logout_supported"`          // Back-Channel Logout §2.1
	BackchannelLogoutSessionSupported      bool     `json:"backchannel_logout_session_supported"`  // the same
	EndSessionEndpoint                     string   `json:"end_session_endpoint,omitempty"`        // RP-Initiated Logout §2.1
	SubjectTypesSupported                  []string `json:"subject_types_supported"`
	IDTokenSigningAlgValuesSupported       []string `json:"id_token_signing_alg_values_supported"`
	UserinfoSigningAlgValuesSupported      []string `json:"userinfo_signing_alg_values_supported"`
	IDTokenEncryptionAlgValuesSupported    []string `json:"id_token_encryption_alg_values_supported"`
	IDTokenEncryptionEncValuesSupported    []string `json:"id_token_encryption_enc_values_supported"`
	UserinfoEncryptionAlgValuesSupported   []string `json:"userinfo_encryption_alg_values_supported"`
	UserinfoEncryptionEncValuesSupported   []string `json:"userinfo_encryption_enc_values_supported"`
	ACRValuesSupported                     []string `json:"acr_values_supported,omitempty"`
	ClaimTypesSupported                    []string `json:"claim_types_supported"`
	ClaimsSupported                        []string `json:"claims_supported"`
	UILocalesSupported                     []string `json:"ui_locales_supported,omitempty"`
	ClaimsParameterSupported               bool     `json:"claims_parameter_supported"`
	RequestParameterSupported              bool     `json:"request_parameter_supported"`
	RequireRequestURIRegistration          bool     `json:"require_request_uri_registration,omitempty"`
	RequestObjectSigningAlgValuesSupported []string `json:"request_object_signing_alg_values_supported"`
	RequestURIParameterSupported           bool     `json:"request_uri_parameter_supported"`
}

// Metadata returns the metadata document of the server (RFC 8414 §3.2).
func (s *Provider) Metadata() (Document, error) {
	m := metadata{
		RequestParameterSupported: true, RequestURIParameterSupported: s.Outbound != nil, RequireRequestURIRegistration: s.Outbound != nil,
		// Only a client that registered none can use it, so it is not listed.
		RequestObjectSigningAlgValuesSupported:     oauth.SigningAlgorithms(),
		Issuer:                                     s.Issuer,
		UILocalesSupported:                         s.UILocales,
		AuthorizationEndpoint:                      s.Issuer + "/authorize/",
		TokenEndpoint:                              s.Issuer + "/token/",
		DeviceAuthorizationEndpoint:                s.Issuer + "/device-authorization/",
		JWKSURI:                                    s.Issuer + "/.well-known/jwks.json",
		RevocationEndpoint:                         s.Issuer + "/revoke_token/",
		PushedAuthorizationRequestEndpoint:         s.Issuer + "/par/",
		RequirePushedAuthorizationRequests:         s.RequirePushedRequests,
		IntrospectionEndpoint:                      s.Issuer + "/introspect/",
		ResponseTypesSupported:                     oauth.ResponseTypes(),
		ResponseModesSupported:                     []string{oauth.ModeQuery, oauth.ModeFragment, oauth.ModeFormPost},
		TokenEndpointAuthMethodsSupported:          oauth.AuthMethods(),
		TokenEndpointAuthAlgs:                      oauth.ClientAlgorithms(),
		RevocationEndpointAuthMethodsSupported:     oauth.AuthMethods(),
		RevocationEndpointAuthAlgs:                 oauth.ClientAlgorithms(),
		IntrospectionEndpointAuthMethodsSupported:  slices.DeleteFunc(oauth.AuthMethods(), func(m string) bool { return m == oauth.AuthNone }),
		IntrospectionEndpointAuthAlgs:              oauth.ClientAlgorithms(),
		CodeChallengeMethodsSupported:              []string{"S256"},
		PromptValuesSupported:                      []string{"none", "login", "consent", "select_account"},
		AuthorizationResponseIssParameterSupported: true,

		BackchannelLogoutSupported:          s.Outbound != nil,
		BackchannelLogoutSessionSupported:   s.Outbound != nil,
		UserinfoEndpoint:                    s.Issuer + "/userinfo/",
		SubjectTypesSupported:               []string{string(oauth.SubjectPublic), string(oauth.SubjectPairwise)},
		IDTokenSigningAlgValuesSupported:    oauth.ClientAlgorithms(),
		UserinfoSigningAlgValuesSupported:   oauth.ClientAlgorithms(),
		IDTokenEncryptionAlgValuesSupported: oauth.EncryptionAlgorithms(), IDTokenEncryptionEncValuesSupported: oauth.ContentEncryptions(),
		UserinfoEncryptionAlgValuesSupported: oauth.EncryptionAlgorithms(), UserinfoEncryptionEncValuesSupported: oauth.ContentEncryptions(),
		ACRValuesSupported:       s.ACRValues,
		ClaimTypesSupported:      []string{"normal"},
		ClaimsSupported:          append([]string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid"}, s.catalog().claims.Names()...),
		ClaimsParameterSupported: true,
	}
	if _, known := s.catalog().byName[oauth.ScopeIntrospection]; known {
		m.IntrospectionEndpointAuthMethodsSupported = append(m.IntrospectionEndpointAuthMethodsSupported, "Bearer") // RFC 8414 §2: the type of an access token
	}
	for _, name := range s.AddedClaims {
		if !slices.Contains(m.ClaimsSupported, name) {
			m.ClaimsSupported = append(m.ClaimsSupported, name)
		}
	}
	if s.logsOut() {
		m.EndSessionEndpoint = s.Issuer + "/logout/"
		m.CheckSessionIframe = s.Issuer + "/check_session/"
		m.FrontchannelLogoutSupported, m.FrontchannelLogoutSessionSupported = true, true
	}
	if s.Registration != RegistrationClosed {
		m.RegistrationEndpoint = s.Issuer + "/register/"
	}
	m.ClientIDMetadataDocumentSupported = s.documentHosts().some(s.ClientDocuments)
	if s.SignUp {
		m.PromptValuesSupported = append(m.PromptValuesSupported, "create")
	}
	for _, scope := range s.catalog().all {
		if !oauth.IsAdminScope(scope.Name) { // few applications can request them
			m.ScopesSupported = append(m.ScopesSupported, scope.Name)
		}
	}
	m.ProtectedResources = []string{s.Issuer}
	for _, resource := range s.resources().list {
		m.ProtectedResources = append(m.ProtectedResources, resource.URI)
	}
	m.GrantTypesSupported = s.GrantTypes()
	m.IdentityChainingTokenTypes = []string{tokenTypeIDJAG}
	for _, t := range s.trusted {
		if t.Accepts(oauth.TrustedJWTBearer) {
			m.AuthorizationGrantProfiles = []string{profileIDJAG}
		}
	}
	body, err := json.Marshal(m)
	return newDocument(body), err
}
