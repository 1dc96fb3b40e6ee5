# tests are added here
