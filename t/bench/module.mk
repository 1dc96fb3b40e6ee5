# benchmark programs are added here
