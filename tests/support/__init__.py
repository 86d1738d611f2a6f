"""What tests are built with: databases of both engines, a clinic to work in, and the contract as a check."""
