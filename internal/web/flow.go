package web

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// flowOf returns the flow of an authorization request, without its steps. A device has no flow:
// its code is not that of the request in the browser.
func flowOf(req *provider.AuthorizationRequest) oauth.Flow {
	if req == nil || req.Device != nil {
		return oauth.Flow{}
	}
	return oauth.Flow{ID: req.ID, ClientID: req.ClientID}
}

// reached returns the flow of an authorization request that has passed all checks of the
// authorization endpoint.
func reached(req *provider.AuthorizationRequest) oauth.Flow {
	f := flowOf(req)
	f.BeganAt = req.BeganAt()
	return f
}

// flowOfCode returns the flow of the code in a token request, without its steps. The code was not
// checked, and neither was the client.
func (h *Handler) flowOfCode(authorization string, p oauth.Params) oauth.Flow {
	if p.Get("grant_type") != oauth.GrantAuthorizationCode {
		return oauth.Flow{}
	}
	code, ok := oauth.ParseToken(p.Get("code"), oauth.KindCode)
	if !ok {
		return oauth.Flow{}
	}
	return oauth.Flow{ID: code.ID, ClientID: h.OAuth.ClaimedClientID(authorization, p)}
}

// noteStep notes for the back office to which step a person is sent. An application that is not
// stored, because only a metadata document describes it, has no flows without a person: anybody
// can invent any number of such applications.
func (h *Handler) noteStep(req *provider.AuthorizationRequest, step provider.Step, loggedIn bool) {
	if !loggedIn && req.Client != nil && req.Client.Version == 0 {
		return
	}
	f := reached(req)
	f.Person = loggedIn
	switch step {
	case provider.StepLogin, provider.StepSignUp:
		f.LoginAt = h.Clock()
	case provider.StepSecondFactor, provider.StepAddFactor:
		f.FactorAt = h.Clock()
	case provider.StepConsent:
		f.ConsentAt = h.Clock()
	}
	h.Flows.Add(f)
}

// noteApproved notes that an application received its response. Without a code, it has its
// tokens.
func (h *Handler) noteApproved(req *provider.AuthorizationRequest) {
	f := reached(req)
	f.Person, f.ApprovedAt = true, h.Clock()
	if req.ResponseType != "" && !slices.Contains(strings.Fields(req.ResponseType), "code") {
		f.TokenAt = f.ApprovedAt
	}
	h.Flows.Add(f)
}

// noteDenied notes that a person refused.
func (h *Handler) noteDenied(req *provider.AuthorizationRequest) {
	f := reached(req)
	f.DeniedAt = h.Clock()
	h.Flows.Add(f)
}

// noteFailure notes that a step of a flow failed. It does not begin a flow, because the request
// was not accepted, or its code was not checked.
func (h *Handler) noteFailure(f oauth.Flow, errorID string) {
	f.FailedAt, f.ErrorID = h.Clock(), errorID
	h.Flows.Add(f)
}

// noteExchange notes that an application has exchanged a code, which a person approved.
func (h *Handler) noteExchange(f oauth.Flow) {
	f.BeganAt, f.Person, f.TokenAt = f.ID.Time(), true, h.Clock()
	h.Flows.Add(f)
}
