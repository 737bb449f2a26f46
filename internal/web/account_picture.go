package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/bodylimit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Bounds on uploads. A file that is larger than account.MaxPictureFile is read up to MaxUpload, so
// that the browser receives the page with the error. uploadTime is enough for a slow phone.
const (
	MaxUpload  = 32 << 20
	uploadTime = time.Minute
	answerTime = 30 * time.Second // after the upload, for the picture and the page
)

type picturePage struct {
	Name    string // of the person
	Picture string // the address of the picture that this server serves, or empty
	// Elsewhere is the address of a picture that another server serves, or empty.
	Elsewhere string
	// Megabytes is the size of the largest file.
	Megabytes int
	Errors    fieldErrors // what is wrong with the file
}

func (h *Handler) pictureURL() string { return h.base + "/account/picture/" }

// pictureForm is the page on which people upload and remove their picture. The form with a
// file has a media type and a limit of its own, which apply only to people who are logged in.
func (h *Handler) pictureForm() http.HandlerFunc {
	form := h.ownPage(h.ownPicture)
	upload := h.page(func(w http.ResponseWriter, r *http.Request) error {
		if err := h.checkOrigin(r); err != nil {
			return err
		}
		o, err := h.owner(r)
		if err != nil {
			return &formError{err}
		}
		if o == nil {
			return h.LogIn(w, r, h.pictureURL())
		}
		return h.uploadPicture(w, r, o)
	})
	return func(w http.ResponseWriter, r *http.Request) {
		if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && mediaType == "multipart/form-data" && r.Method == http.MethodPost {
			upload(w, r)
			return
		}
		form(w, r)
	}
}

// ownPicture shows the page, and removes the picture.
func (h *Handler) ownPicture(w http.ResponseWriter, r *http.Request, o *owner) error {
	if r.Method != http.MethodPost {
		return h.showPicture(w, r, o, http.StatusOK, nil)
	}
	if r.PostFormValue("action") != "remove" {
		return h.showPicture(w, r, o, http.StatusBadRequest, nil)
	}
	return h.changePicture(w, r, o, func(u *account.User) error { return h.Accounts.RemovePicture(r.Context(), u) })
}

// uploadPicture replaces the picture by the file in the form. The person is read again afterwards,
// because the session can end during the upload.
func (h *Handler) uploadPicture(w http.ResponseWriter, r *http.Request, o *owner) error {
	allowUpload(w, r)
	end, err := h.Accounts.BeginUpload(r.Context(), o.User.ID)
	if err != nil {
		_, _ = io.Copy(io.Discard, r.Body) // or else the browser does not show the page
		return h.changePicture(w, r, o, func(*account.User) error { return err })
	}
	defer end()
	file, err := readUpload(r)
	o, ended := h.owner(r)
	switch {
	case ended != nil:
		return &formError{ended}
	case o == nil:
		return h.LogIn(w, r, h.pictureURL())
	}
	return h.changePicture(w, r, o, func(u *account.User) error {
		if err != nil {
			return err
		}
		return h.Accounts.SetPicture(r.Context(), u, account.Upload{File: file, Base: h.pictureBase()})
	})
}

// changePicture makes a change, and shows the page again.
func (h *Handler) changePicture(w http.ResponseWriter, r *http.Request, o *owner, change func(*account.User) error) error {
	stored := *o.User
	err := change(o.User)
	h.reportDetails(r, oauth.EventProfileChange, o.User.ID, &oauth.EventDetails{PersonName: o.User.Username, Changes: audit.UserChanges(&stored, o.User)}, err)
	if err == nil {
		return h.doneOwn(w, r, h.pictureURL(), "saved")
	}
	faults := make(fieldErrors)
	if status := faults.addOwn(w, err); status != 0 {
		*o.User = stored
		return h.showPicture(w, r, o, status, faults)
	}
	return &formError{err}
}

func (h *Handler) showPicture(w http.ResponseWriter, r *http.Request, o *owner, status int, faults fieldErrors) error {
	page := picturePage{Name: o.Name, Picture: h.pictureOf(o.User), Megabytes: account.MaxPictureFile >> 20, Errors: faults}
	if page.Picture == "" {
		page.Elsewhere = o.User.PictureClaim()
	}
	return h.showOwn(w, r, o, ownView{page: "account_picture", url: h.base + "/account/profile/", title: ui.Text{"picture.title"}, status: status, data: page})
}

// allowUpload raises the limits of the server for the body of a request.
func allowUpload(w http.ResponseWriter, r *http.Request) {
	control, end := http.NewResponseController(w), time.Now().Add(uploadTime)
	_ = control.SetReadDeadline(end)
	_ = control.SetWriteDeadline(end.Add(answerTime))
	bodylimit.Raise(w, r, MaxUpload)
}

// readUpload returns the file in the field "picture".
func readUpload(r *http.Request) ([]byte, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, ui.FormProblem(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, validate.Field("picture", "Choose a file.").WithCode("picture_missing")
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if part.FormName() == "picture" && part.FileName() != "" {
			return readPart(part)
		}
	}
}

// readPart returns the content of a file, if it is not too large.
func readPart(part *multipart.Part) ([]byte, error) {
	file, err := io.ReadAll(io.LimitReader(part, account.MaxPictureFile+1))
	if err == nil {
		_, err = io.Copy(io.Discard, part)
	}
	if err != nil {
		return nil, unreadable(err)
	}
	return file, nil
}

// unreadable returns the error for a form that cannot be read.
func unreadable(err error) error {
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return account.PictureTooLarge()
	}
	return ui.FormProblem(err)
}
