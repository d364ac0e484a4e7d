package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// checkOut makes sure, before anything runs, that the folder can take the results of these experiments, and that
// nothing of anybody else's is in their way: a run replaces its folder as a whole. It leaves nothing behind.
func checkOut(dir string, names []string) error {
	for _, name := range names {
		if err := checkReplaceable(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := checkGallery(filepath.Join(dir, galleryName)); err != nil {
		return err
	}
	missing := missingFolders(dir)
	defer func() {
		for _, d := range missing {
			_ = os.Remove(d) // fails if somebody else put something in, and then it is not ours to remove
		}
	}()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("examples: -out must be a folder that can be written: %w", err)
	}
	probe, err := os.MkdirTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("examples: -out must be a folder that can be written: %w", err)
	}
	return os.Remove(probe)
}

// missingFolders lists dir and its parents as far as they do not exist, the deepest first.
func missingFolders(dir string) []string {
	var missing []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Lstat(d); !errors.Is(err, fs.ErrNotExist) || d == filepath.Dir(d) {
			return missing
		}
		missing = append(missing, d)
	}
}

// litter is what file managers leave in folders that somebody looked at.
var litter = []string{".DS_Store", "Thumbs.db", "desktop.ini"}

// checkReplaceable refuses to replace a folder that holds anything but a run's files.
func checkReplaceable(folder string) error {
	info, err := os.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("examples: -out must be a folder that can be written: %w", err)
	case !info.IsDir():
		return fmt.Errorf("examples: %s must be a folder of results, to be replaced, and is something else; choose another -out", folder)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("examples: -out must hold folders that can be read: %w", err)
	}
	for _, entry := range entries {
		if !slices.Contains(fileNames, entry.Name()) && !slices.Contains(litter, entry.Name()) || entry.IsDir() {
			return fmt.Errorf("examples: %s must hold nothing but results, to be replaced; move %s away or choose another -out",
				folder, entry.Name())
		}
	}
	return nil
}

// checkGallery refuses to replace a page that is no gallery.
func checkGallery(page string) error {
	data, err := os.ReadFile(page)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("examples: -out must be a folder that can be written: %w", err)
	case !bytes.Contains(data, []byte(galleryMark)):
		return fmt.Errorf("examples: %s must be a gallery, to be replaced, and is another page; choose another -out", page)
	}
	return nil
}

// replaceFolder puts a run's files in place as a whole: a sibling folder takes them, then the two change names. A
// reader sees the old files or the new ones; whatever fails, the old ones stay.
func replaceFolder(dir, name string, files []File) error {
	folder := filepath.Join(dir, name)
	if err := checkReplaceable(folder); err != nil { // again: the run took its time
		return err
	}
	return aside(dir, func(tmp string) error {
		next, last := filepath.Join(tmp, "next"), filepath.Join(tmp, "last")
		if err := os.Mkdir(next, 0o777); err != nil {
			return err
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(next, f.Name), f.Data, 0o666); err != nil {
				return err
			}
		}
		return swap(next, folder, last, os.Rename)
	})
}

// errLeft says that the folder aside holds the only copy of something.
var errLeft = errors.New("the earlier results could not be put back and are there")

// swap gives next the name folder and what was there, if anything, the name last; or it changes nothing.
func swap(next, folder, last string, rename func(from, to string) error) error {
	err := rename(folder, last)
	if errors.Is(err, fs.ErrNotExist) {
		return rename(next, folder)
	}
	if err != nil {
		return err
	}
	if err = rename(next, folder); err == nil {
		return nil
	}
	if back := rename(last, folder); back != nil {
		return errors.Join(err, back, fmt.Errorf("%w: %s", errLeft, last))
	}
	return err
}

// replaceFile puts one file in place as a whole.
func replaceFile(dir, name string, data []byte) error {
	return aside(dir, func(tmp string) error {
		next := filepath.Join(tmp, name)
		if err := os.WriteFile(next, data, 0o666); err != nil {
			return err
		}
		return os.Rename(next, filepath.Join(dir, name))
	})
}

// aside makes dir and, for the time of f, a hidden folder in it.
func aside(dir string, f func(tmp string) error) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	if err = f(tmp); errors.Is(err, errLeft) {
		return err
	}
	return errors.Join(err, os.RemoveAll(tmp))
}
