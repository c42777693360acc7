//! Rust for `21_grpc`, from its `.proto` file. `protox` reads that, so nobody needs a `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = protox::compile(["21_grpc/market.proto"], ["21_grpc"])?;
    tonic_prost_build::compile_fds(files)?;
    println!("cargo::rerun-if-changed=21_grpc/market.proto");
    Ok(())
}
