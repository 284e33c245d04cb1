understudy_room(model PUBLIC understudy::core understudy_torch)
target_precompile_headers(understudy_model PRIVATE <torch/torch.h>)
# Lets the compiler vectorise square roots: nothing here asks errno about them.
target_compile_options(understudy_model PRIVATE -fno-math-errno)
