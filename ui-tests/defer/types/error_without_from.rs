async fn clean_up() {}

#[derive(Debug)]
enum AppError {
    Io(std::io::Error),
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for AppError {}

impl From<std::io::Error> for AppError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

#[ayo::scoped]
async fn read() -> Result<String, AppError> {
    defer!(clean_up());
    let text = std::fs::read_to_string("a")?;
    Ok(text)
}

fn main() {}
