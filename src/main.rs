//! The `postrider` program.

fn main() -> std::process::ExitCode {
    postrider::cli::main()
}
