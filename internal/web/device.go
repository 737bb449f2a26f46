package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type devicePage struct {
	// UserCode is the code that the person entered, or that the link contained. Action
	// is where the form is sent.
	UserCode, Action string
	// Compare is set if the link contained the code. The person then compares it
	// with the code on the device.
	Compare bool
	// Errors contains the message next to the code, by the name of the field.
	Errors fieldErrors
}

// device is the page on which a person enters the code of a device (RFC 8628
// §3.3). A link with the code fills in the form, and never submits it.
func (h *Handler) device(w http.ResponseWriter, r *http.Request) error {
	entered := r.Form.Get("user_code")
	page := devicePage{UserCode: provider.FormatUserCode(entered), Action: h.devicePath(""), Errors: make(fieldErrors)}
	page.Compare = page.UserCode != "" && r.Method != http.MethodPost
	if r.Method == http.MethodPost && page.UserCode == "" {
		page.UserCode = entered // to be corrected
	}
	person, err := h.person(r)
	switch {
	case err != nil:
		return err
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
		return methodNotAllowed(w, r, "GET, HEAD, POST")
	case person.Authentication == nil:
		return h.LogIn(w, r, h.devicePath(provider.FormatUserCode(entered)))
	case r.Method != http.MethodPost:
		return h.showDevice(w, r, http.StatusOK, page)
	}
	req, err := h.OAuth.BeginDevice(r.Context(), *person.Authentication, entered)
	if rejected, ok := errors.AsType[*provider.UserCodeError](err); ok {
		return h.showDevice(w, r, page.Errors.addUserCode(w, rejected), page)
	}
	if err != nil {
		return err
	}
	h.noteEntered(req)
	return h.detour(w, r, req, func(next string) string { return next })
}

// devicePath returns the path of the page, with a code if there is one.
func (h *Handler) devicePath(userCode string) string {
	path := h.base + "/device/"
	if userCode != "" {
		path += "?user_code=" + url.QueryEscape(userCode)
	}
	return path
}

func (h *Handler) showDevice(w http.ResponseWriter, r *http.Request, status int, page devicePage) error {
	return h.Pages.Render(w, r, status, "device", ui.View{Title: ui.Text{"device.title"}, Narrow: true, Data: page})
}

// addUserCode adds the message for a code that cannot be used, and returns the
// status of the answer.
func (f fieldErrors) addUserCode(w http.ResponseWriter, e *provider.UserCodeError) (status int) {
	switch e.Problem {
	case provider.UserCodeThrottled:
		w.Header().Set("Retry-After", fmt.Sprint(int(e.RetryAfter.Seconds())+1))
		f["user_code"] = ui.Text{"device.throttled", "duration", minutes(e.RetryAfter)}
		return http.StatusTooManyRequests
	case provider.UserCodeExpired:
		f["user_code"] = ui.Text{"device.code_expired"}
	case provider.UserCodeUsed:
		f["user_code"] = ui.Text{"device.code_used"}
	default:
		f["user_code"] = ui.Text{"device.code_wrong"}
	}
	return http.StatusUnprocessableEntity
}

// A consentDevice is the part of the consent page that is about a device.
type consentDevice struct {
	// UserCode is the code on the device, and Address its network address.
	UserCode, Address string
	// Where describes in words where the request came from; it is empty if that is not
	// known. Estimated is set if it was estimated from the address and can be wrong.
	Where     ui.Text
	Estimated bool // see Where
	// SameAddress is set if the device has the network address of this browser.
	// ProxyAddress is set if the address is that of a proxy.
	SameAddress, ProxyAddress bool
	// StartedAt is the time of the request of the device.
	StartedAt time.Time
}

// consentDevice returns what is known about the device, or nil.
func (h *Handler) consentDevice(r *http.Request, d *provider.DeviceRequest) *consentDevice {
	if d == nil {
		return nil
	}
	own := h.Address(r).Unmap().WithZone("")
	shown := &consentDevice{UserCode: d.UserCode, Address: d.Address, StartedAt: d.StartedAt()}
	if shown.ProxyAddress = h.ofProxy(d.Address, r); shown.ProxyAddress {
		return shown
	}
	shown.SameAddress = own.IsValid() && d.Address == own.String()
	shown.Where, shown.Estimated = h.whereFrom(d.Address, own), h.place(d.Address) != ""
	return shown
}

// denyDevice records that the person does not allow the request.
func (h *Handler) denyDevice(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) error {
	if err := h.OAuth.DenyDevice(r.Context(), req); err != nil {
		return h.deviceProblem(r, req, err)
	}
	h.reportDenied(r, req)
	h.noteDenied(req)
	return h.deviceDenied(w, r, req)
}

func (h *Handler) deviceDenied(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) error {
	return h.message(w, r, messagePage{
		Heading: ui.Text{"device.denied_heading"},
		Text:    ui.Text{"device.denied", "app", clientName(req.Client)},
		Links:   []ui.Link{{Text: ui.Text{"device.another_code"}, URL: h.devicePath("")}},
	})
}

func (h *Handler) deviceApproved(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) error {
	return h.message(w, r, messagePage{
		Heading: ui.Text{"device.connected_heading"},
		Text:    ui.Text{"device.connected", "app", clientName(req.Client)},
		Links:   []ui.Link{{Text: ui.Text{"account.title"}, URL: h.base + "/account/"}},
	})
}

// deviceProblem describes why a decision about a device was not stored.
func (h *Handler) deviceProblem(r *http.Request, req *provider.AuthorizationRequest, err error) error {
	problem, failure := h.OAuth.DeviceProblem(r.Context(), req.Device)
	if failure != nil {
		return failure
	}
	p := &ui.Problem{
		Status: http.StatusConflict, App: req.Client.Name, Err: err,
		Links: []ui.Link{{Text: ui.Text{"device.another_code"}, URL: h.devicePath("")}},
	}
	switch problem {
	case provider.UserCodeUsed:
		p.Heading, p.Text = ui.Text{"device.answered_heading"}, ui.Text{"device.answered"}
		p.Advice = ui.Text{"device.answered_advice"}
	case provider.UserCodeExpired:
		p.Heading = ui.Text{"device.expired_heading"}
		p.Text = ui.Text{"device.expired", "duration", ui.DurationText(cmp.Or(req.Client.DeviceCodeTTL.Duration(), h.OAuth.DeviceCodeTTL))}
		p.Advice = ui.Text{"device.expired_advice"}
	default:
		return err
	}
	return p
}
