package web

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// flowOf returns the flow of an authorization request, without its steps. If it began on a device,
// the flow is that of the device code.
func flowOf(req *provider.AuthorizationRequest) oauth.Flow {
	switch {
	case req == nil:
		return oauth.Flow{}
	case req.Device != nil:
		return oauth.Flow{ID: req.Device.ID, ClientID: req.ClientID, Device: true}
	}
	return oauth.Flow{ID: req.ID, ClientID: req.ClientID}
}

// reached returns the flow of an authorization request that has passed all checks of the
// authorization endpoint, or of a device whose code a person has entered.
func reached(req *provider.AuthorizationRequest) oauth.Flow {
	f := flowOf(req)
	f.BeganAt = f.ID.Time()
	return f
}

// flowOfCode returns the flow of the code or the device code in a rejected token request, without
// its steps. The code was not checked, and neither was the client.
func (h *Handler) flowOfCode(authorization string, p oauth.Params) oauth.Flow {
	parameter, kind := "code", oauth.KindCode
	switch p.Get("grant_type") {
	case oauth.GrantAuthorizationCode:
	case oauth.GrantDeviceCode:
		parameter, kind = "device_code", oauth.KindDeviceCode
	default:
		return oauth.Flow{}
	}
	code, ok := oauth.ParseToken(p.Get(parameter), kind)
	if !ok {
		return oauth.Flow{}
	}
	return oauth.Flow{ID: code.ID, ClientID: h.OAuth.ClaimedClientID(authorization, p), Device: kind == oauth.KindDeviceCode}
}

// noteDevice notes that a device has begun a flow.
func (h *Handler) noteDevice(d *provider.DeviceAuthorization) {
	if d.Unstored { // as in noteStep
		return
	}
	h.Flows.Add(oauth.Flow{ID: d.ID, ClientID: d.ClientID, Device: true, BeganAt: d.ID.Time(), IgnoredScopes: d.Ignored})
}

// noteEntered notes that a person has entered the code of a device.
func (h *Handler) noteEntered(req *provider.AuthorizationRequest) {
	f := reached(req)
	f.Person, f.EnteredAt = true, h.Clock()
	h.Flows.Add(f)
}

// noteStep notes for the back office to which step a person is sent. An application that is not
// stored, because only a metadata document describes it, has no flows without a person: anybody
// can invent any number of such applications.
func (h *Handler) noteStep(req *provider.AuthorizationRequest, step provider.Step, loggedIn bool) {
	if !loggedIn && req.Client != nil && req.Client.Version == 0 {
		return
	}
	f := reached(req)
	f.Person, f.IgnoredScopes = loggedIn, req.Ignored
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

// noteReason notes that a step of a flow failed. It does not begin a flow, because the request was
// not accepted, or its code was not checked. A device that polls too often has to wait, but its
// flow has not failed.
func (h *Handler) noteReason(request *requestError, errorID string, r oauth.Rejection) {
	f := request.flow
	if f.ClientID == "" || f.ClientID != r.ClientID || r.Code == oauth.CodeSlowDown {
		return
	}
	f.FailedAt, f.ErrorID = h.Clock(), errorID
	h.Flows.Add(f)
}

// noteExchange notes that an application has exchanged a code, which a person approved.
func (h *Handler) noteExchange(response *provider.TokenResponse, device bool) {
	id := response.CodeID
	h.Flows.Add(oauth.Flow{ID: id, ClientID: response.ClientID, Device: device, BeganAt: id.Time(), Person: true, TokenAt: h.Clock()})
}
