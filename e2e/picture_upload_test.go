package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPersonUploadsAndRemovesAPictureWithoutScripts, and sees it on the profile.
func TestPersonUploadsAndRemovesAPictureWithoutScripts(t *testing.T) {
	t.Parallel()
	w, b := newTown(t), newBrowser(t, false)
	file := filepath.Join(t.TempDir(), "ada.png")
	if err := os.WriteFile(file, squarePNG(t), 0o600); err != nil {
		t.Fatal(err)
	}
	const picture = `document.querySelector("main img.tile.person")`
	w.enters(b, "ada")
	b.open(w.Issuer + "/account/profile/")
	b.clickThrough("main a[href$='picture/']")
	b.do(chromedp.SetUploadFiles("#picture", []string{file}))
	b.clickThrough("main form button.primary")
	b.says("Your changes have been saved")
	wait[bool](b, "the picture", picture+"?.naturalWidth === 256")
	b.open(w.Issuer + "/account/picture/")
	b.clickThrough("button[value=remove]")
	b.says("Your changes have been saved")
	wait[bool](b, "no picture", picture+" === null")
}
