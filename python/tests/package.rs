//! Runs the tests of the Python package with the extension module that was built with this test.

use passband_testbed::{Python, need, workspace};
use std::path::{Path, PathBuf};

/// The folder of build results: `target/debug`.
fn built() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    exe.parent().and_then(Path::parent).unwrap().to_owned()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(std::fs::copy(&path, &to).unwrap()),
        }
    }
}

#[test]
fn the_python_package_does_what_its_tests_say() {
    let Some(python) = Python::find() else { return };
    pytest(&python, "tests", Some("tests/beam"));
}

#[test]
fn beam_builds_the_sets_of_the_program() {
    let Some(python) = Python::beam() else { return };
    pytest(&python, "tests/beam", None);
}

/// Runs the tests of a folder, without those of another.
fn pytest(python: &Python, tests: &str, without: Option<&str>) {
    let module = built().join("deps/lib_passband.so");
    if !need("the extension module", "cargo build --workspace", module.exists()) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("python/passband"), &folder.path().join("passband"));
    std::os::unix::fs::symlink(&module, folder.path().join("passband/_passband.abi3.so")).unwrap();
    let mut command = python.command(["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]);
    command
        .arg(workspace().join("python").join(tests))
        .args(without.map(|tests| format!("--ignore={}", workspace().join("python").join(tests).display())))
        .current_dir(&folder)
        .env("PYTHONPATH", folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let program = built().join("passband");
    if program.exists() {
        command.env("PASSBAND_PROGRAM", program);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}
