package latchkey_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ownImages are the addresses of images in the templates: assets, the logo and the picture that this
// server serves, and the one that is part of an email.
var ownImages = regexp.MustCompile(`^(?:\{\{(asset (?:"[a-z/.-]+"|\.|\.OwnLogo|\(or \.OwnLogo "mark\.svg"\))|(?:\.App)?\.Logo|\.Picture)\}\}|cid:logo@latchkey)$`)

// TestPagesShowOnlyImagesOfThisServer: another server that provides an image would
// learn who opens a page, and could change the image.
func TestPagesShowOnlyImagesOfThisServer(t *testing.T) {
	images := 0
	err := filepath.WalkDir("internal", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.Contains(".html.css.svg", filepath.Ext(path)) || filepath.Ext(path) == "" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, image := range regexp.MustCompile(`(?i)<(?:img|source|image|video|link|input type="image")[^>]*?\s(?:src|srcset|href|poster)="(\{\{.*?\}\}[^"]*|[^"]*)"`).FindAllStringSubmatch(string(text), -1) {
			images++
			if !ownImages.MatchString(image[1]) {
				t.Errorf("%s shows the image %s", path, image[1])
			}
		}
		for _, reference := range regexp.MustCompile(`(?i)url\(([^)]*)\)`).FindAllStringSubmatch(string(text), -1) {
			file, err := os.Stat(filepath.Join(filepath.Dir(path), reference[1]))
			if !strings.HasPrefix(reference[1], "#") && (err != nil || file.IsDir()) {
				t.Errorf("%s refers to %s", path, reference[1])
			}
		}
		return nil
	})
	if err != nil || images < 2 {
		t.Errorf("found %d images: %v", images, err)
	}
}
