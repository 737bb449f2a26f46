package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// hostPerson returns the person of the host program who makes a request. If
// People.Lookup reports that they are not active, nobody is logged in.
func (h *Handler) hostPerson(r *http.Request) (Person, error) {
	p, err := h.Host.Current(r)
	if err != nil || p.Authentication == nil {
		return Person{}, err
	}
	switch active, err := h.OAuth.PersonActive(r.Context(), p.Subject); {
	case errors.Is(err, oauth.ErrUnavailable):
		return Person{}, &HostError{"People.Lookup", err}
	case err != nil:
		return Person{}, err
	case !active:
		return Person{inactive: p.Subject}, nil
	}
	setHostActor(r, p)
	return p, nil
}

// sessionOwner returns the person whose login session a logout ends. A person of the host
// program can log out even if they are not active.
func (h *Handler) sessionOwner(r *http.Request) (Person, error) {
	if h.Host == nil {
		return h.person(r)
	}
	p, err := h.Host.Current(r)
	if err == nil && p.Authentication != nil {
		setHostActor(r, p)
	}
	return p, err
}

// hostReason returns the reason with which a person is sent to the login page of the host. A
// person who is not active is still logged in there, so the page must not send them back at once.
func hostReason(p Person, reason provider.LoginReason) provider.LoginReason {
	if p.inactive != "" {
		return provider.LoginOtherPerson
	}
	return reason
}
