//! Prepares the scenarios for the page: without the claims, which are for the tests, and without
//! white space. That is most of their weight.

use std::path::Path;
use std::{env, error, fs};

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed=assets/scenarios");
    let target = Path::new(&env::var("OUT_DIR")?).join("scenarios");
    fs::create_dir_all(&target)?;
    for file in fs::read_dir("assets/scenarios")? {
        let file = file?.path();
        let mut tree: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        if let Some(scenario) = tree.as_object_mut() {
            scenario.remove("claims");
        }
        fs::write(target.join(file.file_name().ok_or("a file without a name")?), tree.to_string())?;
    }
    Ok(())
}
