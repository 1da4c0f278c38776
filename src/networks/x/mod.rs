//! The shop's account at X: signing in, ids, problems and prices of its API, version 2.

mod api;
mod app_bearer;
mod connect;
pub mod price;
mod problem;
mod sign_in;
pub mod snowflake;
mod tokens;

pub use api::{API, AUTHORIZE, Api, POST_FIELDS};
pub use app_bearer::AppBearer;
pub use connect::{ConnectFault, Connecting, SCOPES};
pub use problem::Problem;
pub use sign_in::XSignIn;
pub use tokens::{Client, Tokens};
