understudy_room(model PUBLIC understudy::core understudy_torch)
target_precompile_headers(understudy_model PRIVATE <torch/torch.h>)
